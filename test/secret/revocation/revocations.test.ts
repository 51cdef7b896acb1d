import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { LeaseEnd } from '@tenure/client/gen/tenure/lease/v1/lease';
import { runShellCommand } from '../../../src/os/shell_command.js';
import { Refusal } from '../../../src/rpc/refusal.js';
import { Revocations, type RevocationsParts } from '../../../src/secret/revocation/revocations.js';
import type { EndedLease } from '../../../src/secret/secret_leases.js';
import { removing } from '../../../src/secret/vault/document_rules.js';
import type { VaultDocument } from '../../../src/secret/vault/vault_document.js';
import { temporaryFolder } from '../../os/child_process.js';
import { EventList } from '../event_list.js';
import { DONE, EXIT_1, FakeCommands } from '../fake_commands.js';
import { documentOf, storedSecret } from '../stored_secrets.js';
import { MemoryVault } from '../vault/memory_vault.js';

const START_MS = 1_700_000_000_000;
const DAY_MS = 86_400_000;
const FULL = new Refusal('STORE_FULL', 'the disk of the state folder is full; make room and try again');
const DOCUMENT = documentOf(storedSecret('team/a', { onRevoke: 'tell-them' }), storedSecret('b', {}));

function ended(leaseId: string, changes: Partial<EndedLease> = {}): EndedLease {
  const [clientId, end] = [`client of ${leaseId}`, LeaseEnd.REVOKED];
  return { leaseId, resource: 'secret/team/a', clientId, end, replacedBy: undefined, ...changes };
}

/** One run of a daemon. Its timers go by the test's ticks, its wall clock by `clock`. */
function room(t: TestContext, document: VaultDocument = DOCUMENT, changes: Partial<RevocationsParts> = {}) {
  const [vault, commands, events] = [new MemoryVault(document), new FakeCommands(), new EventList()];
  const clock = { wallMs: START_MS };
  const at = {
    vault,
    commands,
    events,
    clock,
    stored: () => [...(vault.written?.revocations.values() ?? [])],
    revocations: new Revocations({
      vault,
      environment: { PATH: '/usr/bin:/bin' },
      commandTimeoutMs: () => 30_000,
      wallMs: () => clock.wallMs,
      // Just the rule's waits.
      chance: () => 0.5,
      events,
      run: commands.run,
      ...changes,
    }),
  };
  t.after(() => at.revocations.close());
  return at;
}

type Room = ReturnType<typeof room>;

/** Lets all go on that waits for nothing but its turn. */
async function settled({ vault }: Room): Promise<void> {
  let writes: number;
  do {
    writes = vault.writes;
    for (let turns = 0; turns < 5; turns += 1) await turnOfTheLoop();
    await vault.close();
  } while (writes !== vault.writes);
}

/** Lets the command that runs fail once more. */
async function failOnce(at: Room): Promise<void> {
  (await at.commands.next()).end(EXIT_1);
  await settled(at);
}

test('a revoked lease’s command runs once the vault has it, and is forgotten when it has succeeded', async (t) => {
  const at = room(t);
  const writes = at.vault.holdWrites();
  at.revocations.revoked(ended('l1'));
  await writes.begun;
  assert.equal(at.commands.started.length, 0);
  assert.deepEqual(at.revocations.numbers(), { pending: 1, irrevocable: 0 });
  writes.release();
  const { order, end } = await at.commands.next();
  assert.equal(at.stored()[0]?.leaseId, 'l1');
  assert.equal(order.command, 'tell-them');
  assert.deepEqual(order.environment, {
    PATH: '/usr/bin:/bin',
    TENURE_SECRET_NAME: 'team/a',
    TENURE_LEASE_ID: 'l1',
    TENURE_CLIENT_ID: 'client of l1',
  });
  end(DONE);
  const [event] = await at.events.count('secret.revocation_done', 1);
  assert.deepEqual(
    [event?.level, event?.success, event?.metadata],
    ['info', true, { resource: 'secret/team/a', leaseId: 'l1', clientId: 'client of l1', attempts: 0 }],
  );
  await settled(at);
  assert.deepEqual([at.revocations.list(), at.stored()], [[], []]);
});

test('a lease that ended otherwise, or whose secret has no such command, runs none', async (t) => {
  const at = room(t);
  for (const end of [LeaseEnd.RELEASED, LeaseEnd.EXPIRED, LeaseEnd.REPLACED])
    at.revocations.revoked(ended('l1', { end }));
  at.revocations.revoked(ended('l2', { resource: 'secret/b' }));
  at.revocations.revoked(ended('l3', { resource: 'secret/never-was' }));
  await settled(at);
  assert.deepEqual([at.commands.started.length, at.vault.writes, at.revocations.list()], [0, 0, []]);
});

test('a lease is revoked once, however often it is told', async (t) => {
  const at = room(t);
  at.revocations.revoked(ended('l1'));
  at.revocations.revoked(ended('l1'));
  const { end } = await at.commands.next();
  at.revocations.revoked(ended('l1'));
  end(EXIT_1);
  await settled(at);
  assert.equal(at.commands.started.length, 1);
  assert.equal(at.stored()[0]?.attempts, 1);
});

test('a command that fails is tried again after ever longer waits, becomes irrevocable, and succeeds at last', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const at = room(t);
  at.revocations.revoked(ended('l1'));
  for (const [failures, waitMs] of [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000].entries()) {
    await failOnce(at);
    const attempts = failures + 1;
    const [listed] = at.revocations.list();
    assert.deepEqual(at.stored(), [listed]);
    assert.equal(listed?.attempts, attempts);
    assert.equal(listed.nextAttemptWallMs, at.clock.wallMs + waitMs);
    assert.equal(listed.lastFailure, 'ended with exit code 1');
    assert.deepEqual(at.revocations.numbers(), { pending: 1, irrevocable: attempts >= 6 ? 1 : 0 });
    const event = at.events.of('secret.revocation_failed').at(-1);
    assert.deepEqual(event?.metadata, {
      resource: 'secret/team/a',
      leaseId: 'l1',
      clientId: 'client of l1',
      attempts,
      irrevocable: attempts >= 6,
      reason: 'ended with exit code 1',
    });
    t.mock.timers.tick(waitMs - 1);
    assert.equal(at.commands.started.length, attempts);
    t.mock.timers.tick(1);
    assert.equal(at.commands.started.length, attempts + 1);
    // Whoever turns the clock puts no try off.
    at.clock.wallMs -= failures * DAY_MS;
  }
  (await at.commands.next()).end(DONE);
  await at.events.count('secret.revocation_done', 1);
  await settled(at);
  assert.deepEqual([at.revocations.list(), at.stored()], [[], []]);
});

test('what was revoked before the start runs once', async (t) => {
  const at = room(t);
  at.revocations.revoked(ended('l1'));
  at.revocations.start();
  const { end } = await at.commands.next();
  at.revocations.start();
  end(EXIT_1);
  await settled(at);
  assert.equal(at.commands.started.length, 1);
});

test('the secret may be deleted meanwhile', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const at = room(t);
  at.revocations.revoked(ended('l1'));
  await at.commands.next();
  await at.vault.update(removing('team/a'));
  at.commands.started[0]?.end(EXIT_1);
  await settled(at);
  t.mock.timers.tick(1_000);
  assert.equal((await at.commands.next()).order.command, 'tell-them');
});

describe('over a restart', () => {
  /** A run that ended while a lease waited for its fourth try. */
  async function before(t: TestContext): Promise<VaultDocument> {
    const at = room(t);
    at.revocations.revoked(ended('l1'));
    for (const waitMs of [1_000, 2_000, 4_000]) {
      await failOnce(at);
      t.mock.timers.tick(waitMs);
    }
    await at.revocations.close();
    const { written } = at.vault;
    assert.ok(written);
    return written;
  }

  for (const [what, turnedMs, waitMs] of [
    ['as long as was left', 1_500, 2_500],
    ['at once where it is overdue', DAY_MS, 0],
    ['no longer than the longest wait where the clock was turned back', -DAY_MS, 4_320_000],
  ] as const) {
    test(`it waits ${what}`, async (t) => {
      t.mock.timers.enable({ apis: ['setTimeout'] });
      const at = room(t, await before(t));
      at.clock.wallMs += turnedMs;
      at.revocations.start();
      assert.equal(at.revocations.list()[0]?.attempts, 3);
      if (waitMs > 0) t.mock.timers.tick(waitMs - 1);
      assert.equal(at.commands.started.length, waitMs > 0 ? 0 : 1);
      t.mock.timers.tick(1);
      await failOnce(at);
      assert.equal(at.stored()[0]?.attempts, 4);
    });
  }

  test('what was killed with the daemon counts for nothing and runs again, as does what was revoked at its end', async (t) => {
    const first = room(t);
    first.revocations.revoked(ended('l1'));
    await first.commands.next();
    await first.revocations.close();
    assert.equal(first.commands.running, 0);
    first.revocations.revoked(ended('l2'));
    await settled(first);
    assert.equal(first.commands.started.length, 1);

    const second = room(t, first.vault.written);
    second.revocations.start();
    const again = [await second.commands.next(), await second.commands.next()];
    assert.deepEqual(
      again.map(({ order }) => order.environment['TENURE_LEASE_ID']),
      ['l1', 'l2'],
    );
    assert.ok(second.revocations.list().every(({ attempts }) => attempts === 0));
    for (const { end } of again) end(DONE);
    await settled(second);
    assert.deepEqual(second.stored(), []);
  });
});

test('a closed room has written what it knows', async (t) => {
  const at = room(t);
  at.revocations.revoked(ended('l1'));
  const { end } = await at.commands.next();
  const writes = at.vault.holdWrites();
  end(EXIT_1);
  await writes.begun;
  let isClosed = false;
  const closed = at.revocations.close().then(() => {
    isClosed = true;
  });
  for (let turns = 0; turns < 5; turns += 1) await turnOfTheLoop();
  assert.equal(isClosed, false);
  writes.release();
  await closed;
  assert.equal(at.stored()[0]?.attempts, 1);
});

describe('forgetting by force', () => {
  test('ends the waiting, and lasts', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const at = room(t);
    at.revocations.revoked(ended('l1'));
    await failOnce(at);
    assert.equal((await at.revocations.forget('l1'))?.attempts, 1);
    assert.equal(await at.revocations.forget('l1'), undefined);
    assert.deepEqual([at.revocations.list(), at.stored()], [[], []]);
    t.mock.timers.tick(DAY_MS);
    assert.equal(at.commands.started.length, 1);
  });

  test('kills the command that runs, whose end counts for nothing', async (t) => {
    const at = room(t);
    at.revocations.revoked(ended('l1'));
    await at.commands.next();
    assert.equal((await at.revocations.forget('l1'))?.leaseId, 'l1');
    await settled(at);
    assert.equal(at.commands.running, 0);
    assert.deepEqual([at.stored(), at.events.all], [[], []]);
  });

  test('holds against a failure of the same moment', async (t) => {
    const at = room(t);
    at.revocations.revoked(ended('l1'));
    (await at.commands.next()).end(EXIT_1);
    await at.revocations.forget('l1');
    await settled(at);
    assert.deepEqual([at.revocations.list(), at.stored(), at.events.all], [[], [], []]);
  });

  test('takes out of the row what has not run yet', async (t) => {
    const at = room(t);
    for (const leaseId of ['l1', 'l2', 'l3', 'l4', 'l5', 'l6']) at.revocations.revoked(ended(leaseId));
    for (let n = 0; n < 4; n += 1) await at.commands.next();
    await at.revocations.forget('l5');
    at.commands.started[0]?.end(DONE);
    assert.equal((await at.commands.next()).order.environment['TENURE_LEASE_ID'], 'l6');
  });

  test('is refused where the vault can’t be written; then it is tried on', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const at = room(t);
    at.revocations.revoked(ended('l1'));
    await failOnce(at);
    at.vault.failWrites(FULL);
    await assert.rejects(at.revocations.forget('l1'), FULL);
    assert.equal(at.revocations.numbers().pending, 1);
    at.vault.failWrites(undefined);
    t.mock.timers.tick(1_000);
    (await at.commands.next()).end(DONE);
    await settled(at);
    assert.deepEqual(at.stored(), []);
  });
});

test('many that are revoked at once share the vault’s writes, and four commands run at a time', async (t) => {
  const at = room(t);
  const writes = at.vault.holdWrites();
  for (let n = 0; n < 500; n += 1) at.revocations.revoked(ended(`l${n}`));
  await writes.begun;
  for (let n = 500; n < 1_000; n += 1) at.revocations.revoked(ended(`l${n}`));
  writes.release();
  const order: string[] = [];
  for (let n = 0; n < 1_000; n += 1) {
    const command = await at.commands.next();
    if (n === 0) assert.deepEqual([at.vault.writes, at.stored().length], [1, 500]);
    order.push(command.order.environment['TENURE_LEASE_ID'] ?? '');
    command.end(DONE);
  }
  await at.events.count('secret.revocation_done', 1_000);
  await settled(at);
  assert.equal(at.commands.mostAtOnce, 4);
  assert.deepEqual(at.stored(), []);
  assert.ok(at.vault.writes < 20, `${at.vault.writes} writes`);
  assert.deepEqual(
    order,
    Array.from({ length: 1_000 }, (_, n) => `l${n}`),
  );
});

describe('where the vault can’t be written', () => {
  test('commands run from memory, and are tried again; the trouble is told', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const at = room(t);
    at.vault.failWrites(FULL);
    at.revocations.revoked(ended('l1'));
    at.revocations.revoked(ended('l2'));
    const [trouble] = await at.events.count('secret.revocations_stored', 1);
    assert.deepEqual([trouble?.level, trouble?.success, trouble?.metadata['reason']], ['warn', false, 'STORE_FULL']);
    const [one, two] = [await at.commands.next(), await at.commands.next()];
    assert.equal(at.events.all.length, 1);
    one.end(DONE);
    two.end(EXIT_1);
    await settled(at);
    assert.deepEqual(at.stored(), []);
    assert.equal(at.revocations.list()[0]?.leaseId, 'l2');
    // With room again, the next change takes along what is owed.
    at.vault.failWrites(undefined);
    t.mock.timers.tick(1_000);
    await failOnce(at);
    assert.deepEqual(
      at.stored().map(({ leaseId, attempts }) => [leaseId, attempts]),
      [['l2', 2]],
    );
  });

  test('one that has succeeded goes with the next change', async (t) => {
    const at = room(t);
    at.revocations.revoked(ended('l1'));
    const { end } = await at.commands.next();
    at.vault.failWrites(FULL);
    end(DONE);
    await at.events.count('secret.revocations_stored', 1);
    assert.equal(at.stored().length, 1);
    at.vault.failWrites(undefined);
    at.revocations.revoked(ended('l2'));
    await at.commands.next();
    assert.deepEqual(
      at.stored().map(({ leaseId }) => leaseId),
      ['l2'],
    );
  });

  test('a wiped vault stops no command, can be forgotten in, and is no trouble', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const at = room(t);
    at.revocations.revoked(ended('l1'));
    at.revocations.revoked(ended('l2'));
    await at.vault.wipe();
    await failOnce(at);
    await failOnce(at);
    assert.deepEqual(await at.revocations.forget('l1'), {
      ...at.revocations.list()[0],
      leaseId: 'l1',
      clientId: 'client of l1',
    });
    t.mock.timers.tick(1_000);
    (await at.commands.next()).end(DONE);
    await settled(at);
    assert.deepEqual(at.revocations.list(), []);
    assert.equal(at.events.of('secret.revocations_stored').length, 0);
    assert.equal(at.vault.recipient, undefined);
  });
});

test('they are listed oldest first', async (t) => {
  const at = room(t);
  at.revocations.revoked(ended('l1'));
  at.clock.wallMs -= 5_000;
  at.revocations.revoked(ended('l2'));
  at.clock.wallMs += 9_000;
  at.revocations.revoked(ended('l3'));
  assert.deepEqual(
    at.revocations.list().map(({ leaseId }) => leaseId),
    ['l2', 'l1', 'l3'],
  );
});

describe('with a real shell', () => {
  test('the command knows whose lease it was, and may print what it likes', async (t) => {
    const folder = temporaryFolder(t);
    const onRevoke = `head -c 5000000 /dev/zero; cat; printf '%s' "$TENURE_SECRET_NAME $TENURE_LEASE_ID $TENURE_CLIENT_ID" > ${join(folder, 'told')}`;
    const at = room(t, documentOf(storedSecret('team/a', { onRevoke })), { run: runShellCommand });
    at.revocations.revoked(ended('l1'));
    await at.events.count('secret.revocation_done', 1);
    assert.equal(readFileSync(join(folder, 'told'), 'utf8'), 'team/a l1 client of l1');
  });

  test('nothing that it prints is told', async (t) => {
    const document = documentOf(storedSecret('team/a', { onRevoke: 'echo hunter2; echo hunter2 >&2; exit 5' }));
    const at = room(t, document, { run: runShellCommand });
    at.revocations.revoked(ended('l1'));
    const [event] = await at.events.count('secret.revocation_failed', 1);
    assert.equal(event?.metadata['reason'], 'ended with exit code 5');
    assert.doesNotMatch(JSON.stringify(at.events.all), /hunter/);
    assert.equal(at.revocations.list()[0]?.lastFailure, 'ended with exit code 5');
  });
});
