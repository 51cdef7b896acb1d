import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { durationToMillis } from '@tenure/client';
import { actionsOf, auditOf } from './audit_views.js';
import { allLeases } from './lease_views.js';
import { worldWithSecrets, writeProject } from './secret_world.js';
import { until } from './until.js';
import type { World } from './world.js';

/** Says that it runs, and runs until the test writes the file `go`. */
const UNTIL_GO = 'echo ready; while [ ! -e go ]; do sleep 0.05; done';

function exec(world: World, script: string, options: readonly string[] = []) {
  return world.tenure(['secret', 'exec', ...options, '--', 'sh', '-c', script]);
}

function go(world: World): void {
  writeFileSync(join(world.folder, 'go'), '');
}

describe('tenure secret exec without its daemon', () => {
  test('a daemon that is stopped in order leaves the command alone, which is warned once', async (t) => {
    const world = await worldWithSecrets(t, { a: 'one' }, { env: { TENURE_AUTOSTART: '0' } });
    writeProject(world, { A: 'a' });
    const run = exec(world, `${UNTIL_GO}; exit 7`);
    await run.line(/^ready$/);
    assert.equal((await world.run(['daemon', 'stop'])).code, 0);
    await until('the warning', () => run.output(2).includes('the daemon is away; the command goes on'));
    await world.startDaemon();
    go(world);
    const ended = await run.ended;
    assert.equal(ended.code, 7);
    assert.equal(ended.stderr.match(/away/g)?.length, 1);
    assert.deepEqual(await allLeases(await world.connect()), []);
  });

  test('the limit of --ttl holds all the same', async (t) => {
    const world = await worldWithSecrets(t, { a: 'one' }, { env: { TENURE_AUTOSTART: '0' } });
    writeProject(world, { A: 'a' });
    const run = exec(world, UNTIL_GO, ['--ttl', '3s', '--json']);
    await run.line(/^ready$/);
    process.kill(world.daemonPid(), 'SIGKILL');
    const ended = await run.ended;
    assert.equal(ended.code, 124);
    const [away, over] = ended.stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).notice);
    assert.match(away, /^the daemon is away/);
    assert.equal(over, 'the time of --ttl (3s) is over; ending the command');
  });
});

describe('tenure secret exec --ttl', () => {
  test('a command has five seconds from TERM to KILL', async (t) => {
    const world = await worldWithSecrets(t, { a: 'one' });
    writeProject(world, { A: 'a' });
    const polite = exec(world, 'trap "sleep 2; echo cleaned; exit 3" TERM; while :; do sleep 0.05; done', [
      '--ttl',
      '3s',
    ]);
    const stubborn = exec(world, 'trap "" TERM; while :; do sleep 0.05; done', ['--ttl', '3s']);
    await until('the limit', () => stubborn.output(2).includes('is over'));
    const begin = performance.now();
    assert.equal((await polite.ended).stdout, 'cleaned\n');
    assert.equal((await stubborn.ended).code, 124);
    const tookMs = performance.now() - begin;
    assert.ok(tookMs > 3_000, `KILL after ${tookMs} ms`);
  });

  test('its leases last no longer than the command can, also where tenure itself is killed', async (t) => {
    const world = await worldWithSecrets(t, { a: 'one' });
    writeProject(world, { A: 'a' }, { ttl: '1h', client_id: 'shop' });
    const run = exec(world, UNTIL_GO, ['--ttl', '4s']);
    await run.line(/^ready$/);
    const client = await world.connect();
    await until('a shorter TTL', async () => {
      const [lease] = await allLeases(client);
      return lease?.ttl !== undefined && durationToMillis(lease.ttl) === 9_000;
    });
    run.kill('SIGKILL');
    await until('the lease to end', async () => (await allLeases(client)).length === 0);
    go(world);
    assert.deepEqual(actionsOf(await auditOf(world, '--client', 'shop')), [
      ...['lease.acquired', 'secret.leased', 'lease.expired'],
    ]);
  });
});

test('who ran what with which secret is in the audit log', async (t) => {
  const world = await worldWithSecrets(t, { a: 'one', b: 'two' });
  writeProject(world, { A: 'a', B: 'b' }, { client_id: 'shop' });
  const run = world.tenure(['secret', 'exec', '--', 'true', 'an-argument']);
  assert.equal((await run.ended).code, 0);
  for (const name of ['a', 'b']) {
    const audit = await auditOf(world, '--client', 'shop', '--resource', `secret/${name}`);
    assert.deepEqual(actionsOf(audit), ['lease.acquired', 'secret.leased', 'lease.released']);
    assert.equal(new Set(audit.map(({ leaseId }) => leaseId)).size, 1);
    assert.ok(audit.every(({ actor }) => actor?.pid === run.pid && actor.script.endsWith('tenure.cjs')));
  }
  assert.equal((await world.run(['audit'])).stdout.includes('an-argument'), false);
});
