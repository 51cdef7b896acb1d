import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { type AuditLine, actionsOf, auditOf } from './audit_views.js';
import { type Behaviour, HeartbeatServer } from './heartbeat_server.js';
import { allLeases } from './lease_views.js';
import { worldWithSecrets, writeProject } from './secret_world.js';
import { until } from './until.js';
import type { World } from './world.js';

const FAILURES = 3;

const healthJson = z.object({
  secrets: z.object({
    sealed: z.string(),
    activeLeases: z.number(),
    heartbeat: z
      .object({
        url: z.string(),
        failures: z.number(),
        failuresAllowed: z.number(),
        lastFailure: z.string(),
        lastSuccessTime: z.string().optional(),
        triggeredTime: z.string().optional(),
      })
      .optional(),
  }),
});

async function secretsHealth(world: World) {
  return healthJson.parse(await world.json(['health'])).secrets;
}

function configOf(url: string, orders: string, timeout = '2s'): string {
  const heartbeat = `{ url: '${url}', interval: 100ms, timeout: ${timeout}, failures: ${FAILURES}, ${orders} }`;
  return `secrets: { heartbeat: ${heartbeat} }\n`;
}

function configure(world: World, config: string): void {
  const path = join(world.folder, 'config', 'tenure', 'config.yaml');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, config);
}

function count(audit: readonly AuditLine[], action: string): number {
  return audit.filter((entry) => entry.action === action).length;
}

test('a heartbeat that stops pulls the kill switch once and seals secrets until it answers, and then is armed anew', async (t) => {
  const server = await HeartbeatServer.start(t);
  const config = configOf(server.url, 'revokeAll: true, rotateAll: true');
  const world = await worldWithSecrets(t, { bad: 'old', good: 'old' }, { config });
  const client = await world.connect();
  for (const [name, rotate] of [
    ['bad', 'exit 3'],
    ['good', 'read old; echo "$old+"'],
  ] as const) {
    await client.secrets.updateSecret({ name, commands: { rotate, onRotate: '', onRevoke: '', onDelete: '' } });
  }
  const watch = world.tenure(['health', '--watch', '--json']);
  await until('an answer', async () => (await secretsHealth(world)).heartbeat?.lastSuccessTime !== undefined);
  await client.leases.acquireLease({ wishes: [{ resource: 'other' }], clientId: 'one', attachPids: [process.pid] });

  let value = 'old';
  const stops: readonly (readonly [Behaviour, RegExp])[] = [
    ['hangs', /did not answer within 2000 ms/],
    ['fails', /answered with status 503/],
    ['redirects', /answered with status 302/],
    ['hangs up', /the connection was closed without an answer/],
  ];
  for (const [index, [behaviour, failure]] of stops.entries()) {
    const beforeStop = (await auditOf(world)).at(-1)?.sequence ?? '0';
    for (const name of ['bad', 'good']) await client.secrets.leaseSecret({ name, clientId: 'app' });
    assert.equal((await secretsHealth(world)).sealed, '');
    server.behaviour = behaviour;
    const since = async () =>
      (await auditOf(world, '--action', 'secret', '--action', 'lease')).filter(
        ({ sequence }) => Number(sequence) > Number(beforeStop),
      );
    await until('the kill switch', async () => count(await since(), 'secret.kill_switch_finished') === 1);

    const { sealed, activeLeases, heartbeat } = await secretsHealth(world);
    assert.equal(sealed, `the heartbeat ${server.url} failed 3 times in a row`);
    assert.equal(activeLeases, 0);
    assert.match(heartbeat?.lastFailure ?? '', failure);
    assert.notEqual(heartbeat?.triggeredTime, undefined);
    const { stdout } = await world.run(['health']);
    assert.match(stdout, /^sealed +no secret is lent: the heartbeat http:\S+ failed 3 times in a row$/m);
    assert.match(stdout, /^heartbeat +http:\S+ failed .*pulled the kill switch/m);
    const refused = await world.run(['secret', 'lease', 'good']);
    assert.equal(refused.code, 77);
    assert.match(refused.stderr, /no secret is lent now: the heartbeat .* tenure health/);
    writeProject(world, { A: 'good' });
    assert.equal((await world.run(['secret', 'exec', '--', 'touch', 'ran'])).code, 77);
    assert.equal(existsSync(join(world.folder, 'ran')), false);
    assert.deepEqual(
      (await allLeases(client)).map(({ resource }) => resource),
      ['other'],
    );
    // It goes on failing, and is pulled no second time.
    const asked = server.questions;
    await until('more questions', () => server.questions > asked + FAILURES + 1);

    server.behaviour = 'answers';
    await until('the seal to be gone', async () => (await secretsHealth(world)).sealed === '');
    value += '+';
    assert.equal((await world.run(['secret', 'lease', 'good', '--client-id', 'app'])).stdout, `${value}\n`);
    assert.equal((await world.run(['secret', 'lease', 'bad', '--client-id', 'app'])).stdout, 'old\n');
    for (const name of ['bad', 'good']) {
      const target = { target: { $case: 'name', value: name } } as const;
      await client.secrets.revokeSecretLeases({ target });
    }

    const audit = await since();
    const own = audit.filter(({ actor }) => actor === undefined);
    const actions = actionsOf(own.filter(({ action }) => action !== 'secret.heartbeat_failed'));
    assert.deepEqual(
      [...actions.slice(0, 3), ...actions.slice(3, 5).toSorted(), ...actions.slice(5)],
      [
        ...['secret.kill_switch_pulled', 'lease.revoked', 'lease.revoked'],
        ...['secret.rotated', 'secret.rotated: ROTATION_FAILED'],
        `secret.kill_switch_finished: ${sealed}`,
        'secret.heartbeat_recovered',
      ],
      behaviour,
    );
    const failed = own.filter(({ action }) => action === 'secret.heartbeat_failed');
    assert.ok(failed.length > 2 * FAILURES, `${failed.length} failures were told`);
    assert.ok(failed.every(({ reason }) => failure.test(reason)));
    const pulled = own.findIndex(({ action }) => action === 'secret.kill_switch_pulled');
    assert.equal(count(own.slice(0, pulled), 'secret.heartbeat_failed'), FAILURES);
    assert.equal(count(await auditOf(world), 'secret.kill_switch_pulled'), index + 1);
  }
  // Who watches the daemon sees it, too.
  const lines = watch.output().split('\n').slice(0, -1);
  const isSealed = lines.map((line) => healthJson.parse(JSON.parse(line)).secrets.sealed !== '');
  const changes = isSealed.filter((sealed, index) => sealed !== isSealed[index - 1]);
  assert.equal(changes.length, 1 + 2 * stops.length);
});

test('two failures in a row do nothing, however often', async (t) => {
  const server = await HeartbeatServer.start(t);
  const rounds = 5;
  for (let round = 0; round < rounds; round += 1) server.next.push('answers', 'fails', 'hangs up');
  const world = await worldWithSecrets(t, { a: 'one' }, { config: configOf(server.url, 'wipeVault: true', '30s') });
  const recovered = async () => count(await auditOf(world), 'secret.heartbeat_recovered');
  await until('all of that', async () => (await recovered()) === rounds);
  assert.equal((await world.run(['secret', 'lease', 'a'])).stdout, 'one\n');
  const audit = await auditOf(world);
  assert.equal(count(audit, 'secret.kill_switch_pulled'), 0);
  assert.equal(count(audit, 'secret.heartbeat_failed'), 2 * rounds);
});

test('it is armed by the configuration alone, while the daemon runs, too, and disarmed by it', async (t) => {
  const server = await HeartbeatServer.start(t);
  const world = await worldWithSecrets(t, { a: 'one' });
  assert.equal((await secretsHealth(world)).heartbeat, undefined);
  assert.doesNotMatch((await world.run(['health'])).stdout, /heartbeat/);
  const reload = () => process.kill(world.daemonPid(), 'SIGHUP');

  configure(world, configOf(server.url, 'wipeVault: true'));
  reload();
  await until('the heartbeat', async () => (await secretsHealth(world)).heartbeat?.lastSuccessTime !== undefined);
  server.behaviour = 'fails';
  await until('the seal', async () => (await secretsHealth(world)).sealed !== '');
  // Nor is it undone by a restart, however the daemon ended.
  process.kill(world.daemonPid(), 'SIGKILL');
  await world.startDaemon();
  assert.match((await secretsHealth(world)).sealed, /failed 3 times in a row/);
  await until('the vault to be gone', () => !existsSync(join(world.stateDir, 'vault')));

  configure(world, '');
  reload();
  await until('the seal to be gone', async () => (await secretsHealth(world)).sealed === '');
  const asked = server.questions;
  assert.equal((await secretsHealth(world)).heartbeat, undefined);
  assert.equal((await world.run(['secret', 'lease', 'a'])).code, 66);
  assert.equal((await world.run(['secret', 'init'])).code, 0);
  assert.equal((await world.run(['secret', 'put', 'a'], { input: 'two' })).code, 0);
  assert.equal((await world.run(['secret', 'lease', 'a'])).stdout, 'two\n');
  assert.equal(server.questions, asked);
});
