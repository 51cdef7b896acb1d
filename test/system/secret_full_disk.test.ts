// needs: root mount umount
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { auditOf } from '../e2e/audit_views.js';
import { until } from '../e2e/until.js';
import { World } from '../e2e/world.js';
import { SmallDisk } from './small_disk.js';

/** Longer than what a block of the disk may still have room for. */
const LONG = 'v'.repeat(60_000);

/** A world whose state folder is on a small disk, with a daemon that has a vault with one secret. */
async function diskWorld(context: TestContext) {
  const world = new World(context);
  const disk = new SmallDisk(context, 16);
  const stateDir = join(disk.folder, 'state');
  world.env['TENURE_STATE_DIR'] = stateDir;
  const secret = (args: readonly string[], input?: string) =>
    world.run(['secret', ...args], input === undefined ? {} : { input });
  assert.equal((await secret(['init'])).code, 0);
  assert.equal((await secret(['put', 'a', '--rotate', 'cat; echo', '--on-revoke', 'false'], LONG)).code, 0);
  const health = async () => JSON.parse((await world.run(['health', '--json'])).stdout);
  // Not by daemon.json, which a full disk leaves as it was.
  const kill = async () => process.kill((await health()).pid, 'SIGKILL');
  const isAuditLost = async () =>
    (await health()).warnings.some(({ code }: { code: string }) => code === 'audit-not-written');
  return { world, disk, secret, vault: join(stateDir, 'vault', 'vault.age'), health, kill, isAuditLost };
}

test('on a full disk a change is refused and says why, what is there is lent, also by a new daemon, and then it goes on', async (t) => {
  const { world, disk, secret, vault, health, kill, isAuditLost } = await diskWorld(t);
  assert.equal((await secret(['lease', 'a'])).stdout, `${LONG}\n`);
  disk.fill();
  const before = readFileSync(vault);
  for (const [args, input] of [
    [['put', 'b'], LONG],
    [['put', 'c', '--source', 'env:C'], undefined],
    [['update', 'a'], LONG.toUpperCase()],
    [['rotate', 'a'], undefined],
  ] as const) {
    const { code, stdout, stderr } = await secret(args, input);
    assert.deepEqual([code, stdout], [69, ''], args.join(' '));
    assert.match(stderr, /the disk of the state folder is full; make room and try again/);
  }
  const json = await secret(['update', 'a', '--json'], 'w');
  assert.equal(JSON.parse(json.stdout).error.reason, 'STORE_FULL');
  assert.match((await secret(['list'])).stdout, /^a +vault: +1 /m);
  assert.equal((await secret(['lease', 'a'])).stdout, `${LONG}\n`);
  assert.deepEqual(readFileSync(vault), before);
  // The last page of a file takes some more entries.
  await until(
    'the audit log to be full',
    async () => {
      assert.equal((await secret(['lease', 'a'])).code, 0);
      return await isAuditLost();
    },
    60_000,
  );

  await kill();
  assert.equal((await secret(['lease', 'a'])).stdout, `${LONG}\n`);
  assert.equal((await secret(['put', 'b'], 'w')).code, 69);
  assert.deepEqual(readFileSync(vault), before);

  // The new daemon could not write down who it is: it is found by its socket.
  const { pid } = await health();
  assert.match((await world.run(['daemon', 'status'])).stdout, new RegExp(`\\b${pid}\\b`));
  assert.deepEqual(JSON.parse((await world.run(['daemon', 'stop', '--json'])).stdout), { outcome: 'stopped', pid });
  assert.equal((await secret(['lease', 'a'])).stdout, `${LONG}\n`);

  disk.free();
  assert.equal((await secret(['put', 'b'], 'new')).code, 0);
  assert.equal((await secret(['update', 'a'], LONG.toUpperCase())).code, 0);
  await kill();
  assert.equal((await secret(['lease', 'a'])).stdout, `${LONG.toUpperCase()}\n`);
  assert.equal((await secret(['lease', 'b'])).stdout, 'new\n');
  assert.equal(await isAuditLost(), false);
  const audit = await auditOf(world);
  assert.ok(audit.some(({ action, details }) => action === 'audit.entries_lost' && Number(details['entries']) > 0));
});

test('a rotate command that fills the disk itself loses no value: room was kept for it', async (t) => {
  const { disk, secret, vault, kill } = await diskWorld(t);
  const fill = join(disk.folder, 'filled');
  assert.equal((await secret(['update', 'a', '--rotate', `cat /dev/zero > ${fill}; cat; echo +`])).code, 0);
  const rotated = await secret(['rotate', 'a']);
  assert.equal(rotated.code, 0, rotated.stderr);
  assert.equal((await secret(['lease', 'a'])).stdout, `${LONG}+\n`);
  rmSync(fill);
  await kill();
  assert.equal((await secret(['lease', 'a'])).stdout, `${LONG}+\n`);
  assert.deepEqual(readdirSync(dirname(vault)).toSorted(), ['identity', 'vault.age']);
});

test('on a full disk leases are revoked, also where the hook that is to follow can’t be kept, and a vault is wiped', async (t) => {
  const { disk, secret } = await diskWorld(t);
  assert.equal((await secret(['lease', 'a'])).code, 0);
  disk.fill();
  const revoked = await secret(['revoke', '--all', '--json']);
  assert.equal(revoked.code, 0);
  assert.equal(JSON.parse(revoked.stdout).revoked.length, 1);
  const wiped = await secret(['killswitch', '--revoke', '--rotate', '--wipe', '--yes', '--json']);
  assert.equal(wiped.code, 1);
  const { failures, vaultWiped } = JSON.parse(wiped.stdout);
  assert.equal(vaultWiped, true);
  assert.deepEqual(
    failures.map(({ step, name }: { step: string; name: string }) => `${step} ${name}`),
    ['rotate a'],
  );
  assert.match(failures[0].message, /is full/);
  assert.equal((await secret(['lease', 'a'])).code, 66);
  disk.free();
  assert.equal((await secret(['init'])).code, 0);
});
