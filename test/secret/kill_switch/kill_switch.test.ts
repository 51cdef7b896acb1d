import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lease } from '@tenure/client/gen/tenure/lease/v1/lease';
import { Refusal } from '../../../src/rpc/refusal.js';
import { KillSwitch } from '../../../src/secret/kill_switch/kill_switch.js';
import type { KillSwitchOrders } from '../../../src/secret/kill_switch/kill_switch_orders.js';
import type { RotationResult } from '../../../src/secret/rotation/rotation_result.js';
import { Seal } from '../../../src/secret/seal.js';
import type { SecretRevoker } from '../../../src/secret/secret_leases.js';
import type { StoredSecret } from '../../../src/secret/vault/vault_document.js';
import { EventList } from '../event_list.js';
import { documentOf, storedSecret } from '../stored_secrets.js';
import { MemoryVault } from '../vault/memory_vault.js';

const ACTOR = { uid: 1_000, pid: 7, executable: '/bin/tenure', script: '' };
const ALL: KillSwitchOrders = {
  revokeAll: true,
  rotateAll: true,
  wipeVault: true,
  reason: 'the laptop was stolen',
  uid: 1_000,
  actor: ACTOR,
};
const [REVOKE, ROTATE, WIPE] = [
  { ...ALL, rotateAll: false, wipeVault: false },
  { ...ALL, revokeAll: false, wipeVault: false },
  { ...ALL, revokeAll: false, rotateAll: false },
];
const LEASE = Lease.decode(new Uint8Array());
const THREE = [storedSecret('c', { rotate: 'x' }), storedSecret('a', { rotate: 'x' }), storedSecret('b', {})];

/** A kill switch whose steps are written down, and do what the test says. */
class SwitchRoom {
  readonly steps: string[] = [];
  readonly revokers: SecretRevoker[] = [];
  readonly events = new EventList();
  readonly seal = new Seal();
  readonly vault: MemoryVault;
  readonly killSwitch: KillSwitch;
  revoke: () => Promise<readonly Lease[]> = async () => [LEASE, LEASE];
  rotate: (name: string) => Promise<RotationResult> = async (name) => ({
    name,
    outcome: 'rotated',
    failure: '',
    version: 2,
  });

  constructor(secrets: readonly StoredSecret[] = THREE) {
    this.vault = new MemoryVault(documentOf(...secrets));
    const { events, seal, vault } = this;
    this.killSwitch = new KillSwitch({
      events,
      seal,
      vault: {
        get document() {
          return vault.document;
        },
        wipe: () => {
          this.#step('wipe');
          return vault.wipe();
        },
      },
      leases: {
        revoke: (target, revoker) => {
          this.#step(`revoke ${target.$case}`);
          this.revokers.push(revoker);
          return this.revoke();
        },
      },
      rotations: {
        rotate: (name, _actor, mustKeep) => {
          // In an emergency the old value goes, whether or not the new one can be kept.
          assert.equal(mustKeep, false);
          this.#step(`rotate ${name}`);
          return this.rotate(name);
        },
      },
    });
  }

  /** No secret is lent while a step runs. */
  #step(step: string): void {
    assert.throws(() => this.seal.check(), /the kill switch is at work/);
    this.steps.push(step);
  }
}

test('leases go first, then the secrets that can be are rotated, then the vault is wiped; nothing is lent meanwhile', async () => {
  const room = new SwitchRoom();
  const result = await room.killSwitch.pull(ALL);
  assert.deepEqual(room.steps, ['revoke all', 'rotate a', 'rotate c', 'wipe']);
  assert.deepEqual(result, {
    revokedLeases: 2,
    rotations: [
      { name: 'a', outcome: 'rotated', failure: '', version: 2 },
      { name: 'b', outcome: 'not-configured', failure: '', version: 1 },
      { name: 'c', outcome: 'rotated', failure: '', version: 2 },
    ],
    vaultWiped: true,
    failures: [],
  });
  assert.equal(room.vault.recipient, undefined);
  assert.deepEqual(room.revokers, [{ uid: 1_000, reason: 'the laptop was stolen', actor: ACTOR }]);
  assert.equal(room.seal.reason, '');
  assert.deepEqual(
    room.events.all.map(({ action, level, success, actor, metadata }) => [action, level, success, actor, metadata]),
    [
      [
        'secret.kill_switch_pulled',
        'warn',
        true,
        ACTOR,
        { revokeAll: true, rotateAll: true, wipeVault: true, reason: 'the laptop was stolen' },
      ],
      ['secret.vault_wiped', 'warn', true, ACTOR, {}],
      [
        'secret.kill_switch_finished',
        'warn',
        true,
        ACTOR,
        { revokedLeases: 2, rotated: 2, vaultWiped: true, failures: 0, reason: 'the laptop was stolen' },
      ],
    ],
  );
});

test('it does what it is asked for only', async () => {
  const steps = await Promise.all(
    [REVOKE, ROTATE, WIPE].map(async (orders) => {
      const room = new SwitchRoom();
      const { failures } = await room.killSwitch.pull(orders);
      assert.deepEqual(failures, []);
      return room.steps;
    }),
  );
  assert.deepEqual(steps, [['revoke all'], ['rotate a', 'rotate c'], ['wipe']]);
});

test('every step is attempted whatever became of the ones before, and every failure is told', async () => {
  const room = new SwitchRoom([...THREE, storedSecret('d', { rotate: 'x' }), storedSecret('e', { rotate: 'x' })]);
  room.revoke = async () => {
    throw new Refusal('STORE_FULL', 'the store has no room');
  };
  room.rotate = async (name) => {
    if (name === 'a') return { name, outcome: 'failed', failure: 'the rotate command died of SIGKILL', version: 1 };
    if (name === 'c') return { name, outcome: 'rotated', failure: 'the on_rotate command died of SIGSEGV', version: 2 };
    // What nobody foresaw may have a value in its text.
    if (name === 'd') throw new TypeError('hunter2 is not iterable');
    return { name, outcome: 'rotated', failure: '', version: 2 };
  };
  room.vault.failWrites(new Refusal('VAULT_NOT_WRITTEN', 'the vault could not be deleted'));
  const result = await room.killSwitch.pull(ALL);
  assert.deepEqual(room.steps, ['revoke all', 'rotate a', 'rotate c', 'rotate d', 'rotate e', 'wipe']);
  assert.equal(result.revokedLeases, 0);
  assert.equal(result.vaultWiped, false);
  assert.deepEqual(
    result.rotations.map(({ name, outcome }) => [name, outcome]),
    [
      ['a', 'failed'],
      ['b', 'not-configured'],
      ['c', 'rotated'],
      ['d', 'failed'],
      ['e', 'rotated'],
    ],
  );
  assert.deepEqual(result.failures, [
    { step: 'revoke', name: '', message: 'the store has no room' },
    { step: 'rotate', name: 'a', message: 'the rotate command died of SIGKILL' },
    { step: 'rotate', name: 'c', message: 'the on_rotate command died of SIGSEGV' },
    { step: 'rotate', name: 'd', message: "a fault of the daemon's own (TypeError)" },
    { step: 'wipe', name: '', message: 'the vault could not be deleted' },
  ]);
  assert.equal(room.seal.reason, '');
  const [finished] = room.events.of('secret.kill_switch_finished');
  assert.equal(finished?.success, false);
  assert.equal(finished.metadata['failures'], 5);
  assert.equal(finished.metadata['failure'], 'revoke: the store has no room');
  assert.equal(room.events.of('secret.vault_wiped')[0]?.success, false);
});

test('secrets are lent again even where telling of it fails', async () => {
  const room = new SwitchRoom();
  const emit = room.events.emit.bind(room.events);
  room.events.emit = (event) => {
    if (event.action === 'secret.kill_switch_finished') throw new Error('the sink is broken');
    emit(event);
  };
  const [broken, waiting] = [room.killSwitch.pull(REVOKE), room.killSwitch.pull(WIPE)];
  await assert.rejects(broken, /the sink is broken/);
  await assert.rejects(waiting, /the sink is broken/);
  assert.deepEqual(room.steps, ['revoke all', 'wipe']);
  room.seal.check();
  room.events.emit = emit;
  assert.equal((await room.killSwitch.pull(REVOKE)).revokedLeases, 2);
});

test('at most four secrets are rotated at once, and one that hangs holds up no other', async () => {
  const room = new SwitchRoom(Array.from({ length: 20 }, (_, n) => storedSecret(`s${n}`, { rotate: 'x' })));
  let [running, most] = [0, 0];
  let letGo: () => void = () => undefined;
  const hanging = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  room.rotate = async (name) => {
    running += 1;
    most = Math.max(most, running);
    if (name === 's0') await hanging;
    else await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    if (name === 's9') letGo();
    return { name, outcome: 'rotated', failure: '', version: 2 };
  };
  assert.equal((await room.killSwitch.pull(ROTATE)).rotations.length, 20);
  assert.equal(most, 4);
});

test('what is told of it names the secret that the first failure is about', async () => {
  const room = new SwitchRoom([storedSecret('team/a', { rotate: 'x' })]);
  room.rotate = async (name) => ({ name, outcome: 'failed', failure: 'the rotate command died', version: 1 });
  await room.killSwitch.pull(ROTATE);
  const [finished] = room.events.of('secret.kill_switch_finished');
  assert.equal(finished?.metadata['failure'], 'rotate team/a: the rotate command died');
});

test('a pull that asks for nothing more joins; one that does runs after, and nothing is lent in between', async () => {
  const room = new SwitchRoom();
  const gates: (() => void)[] = [];
  room.revoke = () => new Promise((resolve) => gates.push(() => resolve([LEASE])));
  const lentAgain: string[] = [];
  room.seal.onChange(() => lentAgain.push(room.seal.reason));

  const revokeAndRotate = { ...ALL, wipeVault: false };
  const first = room.killSwitch.pull(revokeAndRotate);
  const joins = room.killSwitch.pull(ROTATE);
  const more = room.killSwitch.pull(ALL);
  const joinsTheSecond = room.killSwitch.pull(WIPE);
  await Promise.resolve();
  assert.equal(gates.length, 1);
  gates[0]?.();
  assert.equal(await joins, await first);
  await Promise.resolve();
  gates[1]?.();
  assert.equal(await joinsTheSecond, await more);
  await room.killSwitch.close();
  assert.deepEqual(room.steps, ['revoke all', 'rotate a', 'rotate c', 'revoke all', 'rotate a', 'rotate c', 'wipe']);
  assert.deepEqual(lentAgain, ['the kill switch is at work', '']);
  // Each who pulled it is in the audit log.
  assert.deepEqual(
    room.events.of('secret.kill_switch_pulled').map(({ metadata }) => metadata['joined'] ?? false),
    [false, true, false, true],
  );
  assert.equal(room.events.of('secret.kill_switch_finished').length, 2);
  // Later ones begin anew.
  room.revoke = async () => [];
  assert.equal((await room.killSwitch.pull(REVOKE)).revokedLeases, 0);
});

test('where there is no vault, none is left after wiping it', async () => {
  const room = new SwitchRoom();
  await room.vault.wipe();
  assert.deepEqual(await room.killSwitch.pull(ALL), {
    revokedLeases: 2,
    rotations: [],
    vaultWiped: true,
    failures: [],
  });
  assert.equal(room.events.of('secret.vault_wiped').length, 0);
});
