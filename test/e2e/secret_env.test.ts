import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parseEnv } from 'node:util';
import type { Client } from '@tenure/client';
import { allLeases, untilFree, untilWaiting } from './lease_views.js';
import { worldWithSecrets, writeProject } from './secret_world.js';
import { until } from './until.js';
import { World } from './world.js';

const KEY = '"begin"\n$HOME `id` \\n end\n';

function envFile(world: World): string {
  return join(world.folder, '.env');
}

async function update(client: Client, name: string, value: string): Promise<void> {
  await client.secrets.updateSecret({ name, content: { $case: 'value', value: Buffer.from(value) } });
}

/** Resources and clients of all leases. */
async function leaseList(client: Client): Promise<readonly string[]> {
  return (await allLeases(client)).map(({ resource, clientId }) => `${resource} ${clientId}`).sort();
}

describe('tenure secret env', () => {
  test('writes a private file that a shell and Node read, and the daemon removes it with a lease', async (t) => {
    const world = await worldWithSecrets(t, { a: 'plain', 'team/b': KEY });
    writeProject(world, { A: 'a', B: 'team/b' }, { client_id: 'shop' });
    const ended = await world.run(['secret', 'env']);
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(ended.stdout.includes('plain'), false);
    const path = envFile(world);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const text = readFileSync(path, 'utf8');
    assert.match(text, /^# tenure: written by tenure secret env; removed when its leases end\. [0-9a-f]{32}\n/);
    assert.deepEqual({ ...parseEnv(text) }, { A: 'plain', B: KEY });
    const shell = await world.start('sh', ['-c', 'set -a; . ./.env; printf %s "$B"']).ended;
    assert.equal(shell.stdout, KEY);
    const client = await world.connect();
    assert.deepEqual(await leaseList(client), [`secret/a shop:${path}`, `secret/team/b shop:${path}`]);
    await client.secrets.revokeSecretLeases({ target: { target: { $case: 'name', value: 'team/b' } } });
    await until('the file to be gone', () => !existsSync(path));
  });

  test('the file goes when the TTL is over', async (t) => {
    const world = await worldWithSecrets(t, { a: 'one' });
    writeProject(world, { A: 'a' }, { ttl: '2s' });
    assert.equal((await world.run(['secret', 'env'])).code, 0);
    await until('the file to be gone', () => !existsSync(envFile(world)));
  });

  test('a command of the same project leaves the file and its leases alone', async (t) => {
    const world = await worldWithSecrets(t, { a: 'one' });
    writeProject(world, { A: 'a' }, { client_id: 'shop' });
    assert.equal((await world.run(['secret', 'env'])).code, 0);
    const before = readFileSync(envFile(world), 'utf8');
    assert.equal((await world.run(['secret', 'exec', '--', 'true'])).code, 0);
    assert.equal(readFileSync(envFile(world), 'utf8'), before);
    assert.equal((await allLeases(await world.connect())).length, 1);
  });

  test('written again it has the newest values, and is still the daemon’s to remove', async (t) => {
    const world = await worldWithSecrets(t, { a: 'one' });
    writeProject(world, { A: 'a' });
    const client = await world.connect();
    for (const value of ['two', 'three', 'four']) {
      await update(client, 'a', value);
      assert.equal((await world.run(['secret', 'env'])).code, 0);
      assert.deepEqual({ ...parseEnv(readFileSync(envFile(world), 'utf8')) }, { A: value });
      assert.equal((await allLeases(client)).length, 1);
    }
    await client.secrets.revokeSecretLeases({ target: { target: { $case: 'all', value: true } } });
    await until('the file to be gone', () => !existsSync(envFile(world)));
  });

  test('while its leases are taken anew the file stays, for whoever has them to write again', async (t) => {
    const world = await worldWithSecrets(t, { a: 'one' });
    writeProject(world, { A: 'a' });
    assert.equal((await world.run(['secret', 'env'])).code, 0);
    const path = envFile(world);
    const [marker = ''] = readFileSync(path, 'utf8').split('\n', 1);
    const client = await world.connect();
    const [lease] = await allLeases(client);
    const { ownerToken } = await client.secrets.leaseSecret({ name: 'a', clientId: lease?.clientId });
    // Answered after a removal that is under way.
    await client.secrets.bindEnvFile({ path, marker, ownerTokens: [ownerToken] });
    assert.deepEqual({ ...parseEnv(readFileSync(path, 'utf8')) }, { A: 'one' });
    await client.leases.releaseLease({ ownerToken });
    await until('the file to be gone', () => !existsSync(path));
  });

  test('several at the same moment all succeed, and the file stands, the daemon’s to remove', async (t) => {
    const world = await worldWithSecrets(t, { a: 'one', b: 'two' });
    writeProject(world, { A: 'a', B: 'b' });
    symlinkSync('.', join(world.folder, 'here'));
    const files = ['.env', '.env', join('here', '.env'), '.env'];
    const ended = await Promise.all(files.map((file) => world.run(['secret', 'env', '--file', file])));
    for (const { code, stderr } of ended) assert.equal(code, 0, stderr);
    assert.deepEqual({ ...parseEnv(readFileSync(envFile(world), 'utf8')) }, { A: 'one', B: 'two' });
    const client = await world.connect();
    await client.secrets.revokeSecretLeases({ target: { target: { $case: 'all', value: true } } });
    await until('the file to be gone', () => !existsSync(envFile(world)));
  });

  test('waits for another that writes', async (t) => {
    const world = await worldWithSecrets(t, { a: 'one' });
    const go = join(world.folder, 'go');
    const source = `exec:while [ ! -e ${go} ]; do sleep 0.05; done; echo slow`;
    await (await world.connect()).secrets.putSecret({ name: 'slow', content: { $case: 'source', value: source } });
    writeProject(world, { A: 'slow' });
    const first = world.tenure(['secret', 'env']);
    const resource = `env-file${envFile(world)}`;
    const client = await world.connect();
    await until('the first to write', async () => (await allLeases(client)).some((one) => one.resource === resource));
    writeProject(world, { A: 'a' });
    const second = world.tenure(['secret', 'env']);
    await untilWaiting(client, resource, 1);
    writeFileSync(go, '');
    assert.equal((await first.ended).code, 0);
    const ended = await second.ended;
    assert.equal(ended.code, 0, ended.stderr);
    assert.deepEqual({ ...parseEnv(readFileSync(envFile(world), 'utf8')) }, { A: 'one' });
  });

  test('takes no part in a lease on the file that a parent has: several below it would write at once', async (t) => {
    const world = await worldWithSecrets(t, { a: 'one' });
    writeProject(world, { A: 'a' });
    const ended = await world.run(['run', `env-file${envFile(world)}`, '--', 'tenure', 'secret', 'env']);
    assert.equal(ended.code, 75);
    assert.match(ended.stderr, /\.env is held by pid/);
    assert.equal(existsSync(envFile(world)), false);
  });

  test('leaves files of others and links alone; nothing is leased then', async (t) => {
    const world = await worldWithSecrets(t, { a: 'one' });
    writeProject(world, { A: 'a' });
    writeFileSync(envFile(world), 'MINE=1\n');
    const refused = await world.run(['secret', 'env']);
    assert.equal(refused.code, 64);
    assert.match(refused.stderr, /--force/);
    symlinkSync('.env', join(world.folder, 'link'));
    assert.equal((await world.run(['secret', 'env', '--force', '--file', 'link'])).code, 64);
    assert.equal(readFileSync(envFile(world), 'utf8'), 'MINE=1\n');
    assert.deepEqual(await allLeases(await world.connect()), []);
    assert.equal((await world.run(['secret', 'env', '--force'])).code, 0);
    assert.match(readFileSync(envFile(world), 'utf8'), /^# tenure: /);
  });

  test('a value that can’t be quoted for all is refused by its name, and nothing is written', async (t) => {
    const world = await worldWithSecrets(t, { good: 'x', odd: `it's "both"` });
    writeProject(world, { A: 'good', B: 'odd' });
    const ended = await world.run(['secret', 'env']);
    assert.equal(ended.code, 64);
    assert.match(ended.stderr, /the value of odd:/);
    assert.equal(existsSync(envFile(world)), false);
    assert.deepEqual(await allLeases(await world.connect()), []);
  });

  test('--dry-run names what would be written, and needs no daemon', async (t) => {
    const world = new World(t, { env: { TENURE_AUTOSTART: '0' } });
    writeProject(world, { A: 'a', B: 'team/b' }, { ttl: '30m' });
    const ended = await world.run(['secret', 'env', '--dry-run']);
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stdout, /^A +a +30m\nB +team\/b +30m$/m);
    assert.deepEqual(await world.json(['secret', 'env', '--dry-run']), {
      path: envFile(world),
      dryRun: true,
      variables: [
        { envVar: 'A', name: 'a' },
        { envVar: 'B', name: 'team/b' },
      ],
    });
    assert.equal(existsSync(envFile(world)), false);
  });
});

describe('tenure secret env --watch', () => {
  test('keeps the file over its TTLs without touching it, and removes it on TERM', async (t) => {
    const world = await worldWithSecrets(t, { a: 'one', b: 'two' });
    writeProject(world, { A: 'a', B: 'b' }, { ttl: '6s' });
    const watch = world.tenure(['secret', 'env', '--watch', '--json']);
    await watch.line(/"path"/);
    const { ino } = statSync(envFile(world));
    const client = await world.connect();
    const seen = new Set<string>();
    await until('the secrets to be leased anew some times', async () => {
      for (const { leaseId, resource } of await allLeases(client))
        if (resource.startsWith('secret/')) seen.add(leaseId);
      assert.equal(statSync(envFile(world)).ino, ino);
      return seen.size >= 6;
    });
    assert.equal(watch.output().trim().split('\n').length, 1);
    watch.kill('SIGTERM');
    const ended = await watch.ended;
    assert.equal(ended.code, 0);
    assert.equal(ended.stderr, '');
    assert.equal(existsSync(envFile(world)), false);
    assert.deepEqual(await allLeases(client), []);
  });

  test('a new value is written at once, also that of a rotation', async (t) => {
    const world = await worldWithSecrets(t, { a: 'one' });
    const client = await world.connect();
    const commands = { rotate: 'printf three', onRotate: '', onRevoke: '', onDelete: '' };
    await client.secrets.updateSecret({ name: 'a', commands });
    writeProject(world, { A: 'a' });
    const watch = world.tenure(['secret', 'env', '--watch']);
    await watch.line(/wrote A/);
    const value = () => parseEnv(readFileSync(envFile(world), 'utf8'))['A'];
    await update(client, 'a', 'two');
    await until('the new value', () => value() === 'two');
    await client.secrets.rotateSecret({ target: { $case: 'name', value: 'a' } });
    await until('the newest value', () => value() === 'three');
    watch.kill('SIGINT');
    assert.equal((await watch.ended).code, 0);
    assert.equal(existsSync(envFile(world)), false);
  });

  test('a lease that is revoked ends it: 76, and the file is gone', async (t) => {
    const world = await worldWithSecrets(t, { a: 'one', b: 'two' });
    writeProject(world, { A: 'a', B: 'b' });
    const watch = world.tenure(['secret', 'env', '--watch']);
    await watch.line(/wrote A, B/);
    const client = await world.connect();
    await client.secrets.revokeSecretLeases({ target: { target: { $case: 'name', value: 'a' } } });
    const ended = await watch.ended;
    assert.equal(ended.code, 76);
    assert.match(ended.stderr, /the lease on the secret a is gone/);
    assert.equal(existsSync(envFile(world)), false);
    assert.deepEqual(await allLeases(client), []);
  });

  test('revoked by its client it ends, also after a new value', async (t) => {
    const world = await worldWithSecrets(t, { a: 'one' });
    // As long as a client id may be: nothing fits behind it.
    const clientId = 'x'.repeat(256 - 1 - Buffer.byteLength(envFile(world)));
    writeProject(world, { A: 'a' }, { client_id: clientId });
    const watch = world.tenure(['secret', 'env', '--watch']);
    await watch.line(/wrote A/);
    const client = await world.connect();
    await update(client, 'a', 'two');
    const id = `${clientId}:${envFile(world)}`;
    await until('leases of another id alone', async () => {
      const secrets = (await allLeases(client)).filter(({ resource }) => resource === 'secret/a');
      return secrets.length === 1 && secrets[0]?.clientId !== id;
    });
    const revoked = await world.run(['secret', 'revoke', '--client-id', id]);
    assert.equal(revoked.code, 0, revoked.stderr);
    const ended = await watch.ended;
    assert.equal(ended.code, 76);
    assert.match(ended.stderr, /the lease on the secret a is gone/);
    assert.equal(existsSync(envFile(world)), false);
  });

  test('another run of the same file is refused, by whom is said, and the watch goes on', async (t) => {
    const world = await worldWithSecrets(t, { a: 'one' });
    writeProject(world, { A: 'a' });
    const watch = world.tenure(['secret', 'env', '--watch']);
    await watch.line(/wrote A/);
    const before = readFileSync(envFile(world), 'utf8');
    for (const more of [[], ['--watch']]) {
      const refused = await world.run(['secret', 'env', ...more]);
      assert.equal(refused.code, 75);
      assert.match(refused.stderr, new RegExp(`held by pid ${watch.pid} .*: "tenure secret env --watch"`));
    }
    assert.equal(readFileSync(envFile(world), 'utf8'), before);
    const other = await world.run(['secret', 'env', '--file', 'other.env']);
    assert.equal(other.code, 0, other.stderr);
    await update(await world.connect(), 'a', 'two');
    await until('the new value', () => parseEnv(readFileSync(envFile(world), 'utf8'))['A'] === 'two');
    watch.kill('SIGTERM');
    assert.equal((await watch.ended).code, 0);
    assert.equal((await world.run(['secret', 'env'])).code, 0);
  });

  test('its lease on the file revoked, it ends: 76, and the file is gone', async (t) => {
    const world = await worldWithSecrets(t, { a: 'one' });
    writeProject(world, { A: 'a' });
    const watch = world.tenure(['secret', 'env', '--watch']);
    await watch.line(/wrote A/);
    const resource = `env-file${envFile(world)}`;
    assert.equal((await world.run(['lease', 'revoke', '--resource', resource])).code, 0);
    const ended = await watch.ended;
    assert.equal(ended.code, 76);
    assert.match(ended.stderr, /the lease on env-file.* is gone \(revoked by an operator\); the env file is removed/);
    assert.equal(existsSync(envFile(world)), false);
    const client = await world.connect();
    await untilFree(client, resource);
    assert.deepEqual(await allLeases(client), []);
  });

  test('without the daemon, too, its end is the end of the file', async (t) => {
    const world = await worldWithSecrets(t, { a: 'one' }, { env: { TENURE_AUTOSTART: '0' } });
    writeProject(world, { A: 'a' });
    const watch = world.tenure(['secret', 'env', '--watch']);
    await watch.line(/wrote A/);
    process.kill(world.daemonPid(), 'SIGKILL');
    await until('the warning', () => watch.output(2).includes('the daemon is away'));
    watch.kill('SIGTERM');
    assert.equal((await watch.ended).code, 0);
    assert.equal(existsSync(envFile(world)), false);
  });

  test('killed, it leaves a file that the daemon removes', async (t) => {
    const world = await worldWithSecrets(t, { a: 'one' });
    writeProject(world, { A: 'a' }, { ttl: '5s' });
    const watch = world.tenure(['secret', 'env', '--watch']);
    await watch.line(/wrote A/);
    watch.kill('SIGKILL');
    await watch.ended;
    assert.equal(existsSync(envFile(world)), true);
    await until('the file to be gone', () => !existsSync(envFile(world)));
  });

  test('while the daemon is away the file stays; then it is kept as before', async (t) => {
    const world = await worldWithSecrets(t, { a: 'one' }, { env: { TENURE_AUTOSTART: '0' } });
    writeProject(world, { A: 'a' }, { ttl: '20s' });
    const watch = world.tenure(['secret', 'env', '--watch']);
    await watch.line(/wrote A/);
    process.kill(world.daemonPid(), 'SIGKILL');
    await until('the warning', () => watch.output(2).includes('the daemon is away'));
    assert.equal(existsSync(envFile(world)), true);
    await world.startDaemon();
    const client = await world.connect();
    await update(client, 'a', 'two');
    await until('the new value', () => parseEnv(readFileSync(envFile(world), 'utf8'))['A'] === 'two');
    watch.kill('SIGTERM');
    assert.equal((await watch.ended).code, 0);
    assert.equal(existsSync(envFile(world)), false);
  });
});
