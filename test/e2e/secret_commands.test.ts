import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Ended } from './running.js';
import { until } from './until.js';
import { World } from './world.js';

const VALUE = 'hunter2-marker';

interface ListedSecret {
  readonly name: string;
  readonly source: string;
  readonly version: string;
  readonly activeLeases: number;
  readonly rotateTime?: string;
}

interface Listed {
  readonly secrets: readonly ListedSecret[];
  readonly revocations: readonly { readonly leaseId: string; readonly lastFailure: string }[];
}

/** A world with a daemon that has an empty vault. */
async function vaultWorld(context: TestContext, env: NodeJS.ProcessEnv = {}): Promise<World> {
  const world = new World(context);
  await world.startDaemon({ env });
  good(await world.run(['secret', 'init']));
  return world;
}

/** The standard output of a command that must succeed in silence. */
function good({ code, stdout, stderr }: Ended): string {
  assert.deepEqual([code, stderr], [0, '']);
  return stdout;
}

async function put(world: World, name: string, value: string, ...options: string[]): Promise<void> {
  good(await world.run(['secret', 'put', name, ...options], { input: `${value}\n` }));
}

async function lease(world: World, name: string, ...options: string[]): Promise<string> {
  return good(await world.run(['secret', 'lease', name, ...options]));
}

async function list(world: World): Promise<Listed> {
  return (await world.json(['secret', 'list'])) as Listed;
}

async function listed(world: World, name: string): Promise<ListedSecret> {
  const found = (await list(world)).secrets.find((one) => one.name === name);
  assert.ok(found !== undefined, `${name} is not listed`);
  return found;
}

/** Files below the world's folder that have the value in them. */
async function filesWith(world: World, value: string): Promise<string> {
  return (await world.start('grep', ['-rlaF', value, world.folder]).ended).stdout;
}

test('from nothing to a value, and to its end', async (context) => {
  const world = new World(context);
  const early = await world.run(['secret', 'put', 'a'], { input: VALUE });
  assert.equal(early.code, 66);
  assert.match(early.stderr, /tenure secret init/);
  const none = await world.run(['secret', 'list', '--json']);
  assert.equal(none.code, 66);
  assert.equal(JSON.parse(none.stdout).error.reason, 'VAULT_NOT_INITIALIZED');
  assert.match(good(await world.run(['secret', 'init'])), /^the vault is made; it encrypts for age1/);
  assert.match(good(await world.run(['secret', 'init'])), /^there was a vault before/);

  await put(world, 'team/token', VALUE);
  const again = await world.run(['secret', 'put', 'team/token'], { input: 'other' });
  assert.equal(again.code, 64);
  assert.match(again.stderr, /tenure secret update/);
  assert.equal(await lease(world, 'team/token'), `${VALUE}\n`);
  assert.equal(await lease(world, 'team/token', '--raw'), VALUE);
  assert.match(good(await world.run(['secret', 'list'])), /^NAME .*\nteam\/token +vault: +1 +1 +.* ago +never\n$/);

  good(await world.run(['secret', 'update', 'team/token'], { input: 'other\n' }));
  assert.equal(await lease(world, 'team/token'), 'other\n');
  assert.equal((await listed(world, 'team/token')).version, '2');

  assert.equal(good(await world.run(['secret', 'rm', 'team/token'])), 'team/token: deleted, 1 lease revoked\n');
  assert.equal((await world.run(['secret', 'lease', 'team/token'])).code, 66);
  assert.equal(await filesWith(world, VALUE), '');
});

test('one client has one lease on a secret; another has its own', async (context) => {
  const world = await vaultWorld(context);
  await put(world, 'a', VALUE);
  const envelopes: { replaced: boolean; token: string; lease: { leaseId: string } }[] = [];
  for (const client of ['one', 'one', 'two']) {
    envelopes.push(JSON.parse(await lease(world, 'a', '--client-id', client, '--json')));
  }
  assert.deepEqual(
    envelopes.map(({ replaced }) => replaced),
    [false, true, false],
  );
  assert.equal((await listed(world, 'a')).activeLeases, 2);
  // The token of the replaced lease is worth nothing, the others are those of any lease.
  const [replaced, current] = envelopes;
  assert.equal((await world.run(['lease', 'release'], { env: { TENURE_TOKEN: replaced?.token } })).code, 76);
  good(await world.run(['lease', 'release'], { env: { TENURE_TOKEN: current?.token } }));
  assert.equal((await listed(world, 'a')).activeLeases, 1);
});

test('a TTL beyond the maximum is refused, and takes no lease', async (context) => {
  const world = await vaultWorld(context);
  await put(world, 'a', VALUE);
  const { code, stdout, stderr } = await world.run(['secret', 'lease', 'a', '--ttl', '25h']);
  assert.deepEqual([code, stdout], [64, '']);
  assert.match(stderr, /24h|24 h|86400|maximum/);
  assert.equal((await listed(world, 'a')).activeLeases, 0);
});

test('values come from the environment, files and commands; what fails names its source', async (context) => {
  const world = await vaultWorld(context, { OUTER: `${VALUE}-env` });
  const file = world.script('token.json', []);
  await world.start('sh', ['-c', `umask 077; echo '{"github":{"token":"${VALUE}-file"}}' > ${file}`]).ended;
  for (const [name, source, value] of [
    ['env', 'env:OUTER', `${VALUE}-env`],
    ['file', `file:${file}#github.token`, `${VALUE}-file`],
    ['exec', `exec:printf '%s-exec' ${VALUE.replace('-', '""-')}`, `${VALUE}-exec`],
  ] as const) {
    good(await world.run(['secret', 'put', name, '--source', source]));
    assert.equal(await lease(world, name), `${value}\n`);
    assert.equal((await listed(world, name)).source, source);
  }
  good(await world.run(['secret', 'put', 'bad', '--source', `exec:echo ${VALUE}; echo ${VALUE} >&2; exit 3`]));
  const bad = await world.run(['secret', 'lease', 'bad', '--json']);
  assert.equal(bad.code, 1);
  assert.equal(JSON.parse(bad.stdout).error.reason, 'SOURCE_FAILED');
  good(await world.run(['secret', 'put', 'missing', '--source', 'env:NOT_THERE']));
  const missing = await world.run(['secret', 'lease', 'missing']);
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /NOT_THERE/);
  assert.equal((await listed(world, 'bad')).activeLeases + (await listed(world, 'missing')).activeLeases, 0);
});

test('a rotation makes a new value out of the old one, and ends leases where that is asked for', async (context) => {
  const world = await vaultWorld(context);
  await put(world, 'team/good', 'one', '--rotate', 'read old; echo "$old-two of $TENURE_SECRET_NAME"');
  await put(world, 'team/bad', 'one', '--rotate', `echo ${VALUE}; echo ${VALUE} >&2; exit 3`);
  await put(world, 'team/plain', 'one');
  await lease(world, 'team/good');
  assert.match(
    good(await world.run(['secret', 'rotate', 'team/good', '--revoke-leases'])),
    /team\/good +rotated +2\n$/,
  );
  const { version, activeLeases, rotateTime } = await listed(world, 'team/good');
  assert.deepEqual([version, activeLeases, typeof rotateTime], ['2', 0, 'string']);
  assert.equal(await lease(world, 'team/good'), 'one-two of team/good\n');

  const bad = await world.run(['secret', 'rotate', 'team/bad']);
  assert.equal(bad.code, 1);
  assert.match(bad.stderr, /exit code 3/);
  assert.ok(!bad.stderr.includes(VALUE));
  assert.equal(await lease(world, 'team/bad'), 'one\n');
  assert.equal((await world.run(['secret', 'rotate', 'team/plain'])).code, 64);

  const all = await world.run(['secret', 'rotate', '--namespace', 'team', '--json']);
  assert.equal(all.code, 1);
  const { rotations } = JSON.parse(all.stdout);
  assert.deepEqual(
    rotations.map(({ name, outcome }: { name: string; outcome: string }) => `${name} ${outcome}`),
    ['team/bad failed', 'team/good rotated', 'team/plain not-configured'],
  );
});

test('a revocation whose command fails is pending until it is given up', async (context) => {
  const world = await vaultWorld(context);
  await put(world, 'a', VALUE, '--on-revoke', 'exit 4');
  await put(world, 'b', VALUE, '--on-revoke', `echo "$TENURE_CLIENT_ID $TENURE_LEASE_ID" > ${world.folder}/revoked`);
  const [a, b] = await Promise.all(
    ['a', 'b'].map(async (name) => JSON.parse(await lease(world, name, '--client-id', 'me', '--json')).lease.leaseId),
  );
  good(await world.run(['secret', 'revoke', '--client-id', 'me', '--reason', 'test']));
  const record = await until('the command of b', () => readIfThere(join(world.folder, 'revoked')));
  assert.equal(record, `me ${b}\n`);
  const [pending] = await until('the failure of a', async () => {
    const { revocations } = await list(world);
    return revocations.length === 1 && revocations[0]?.lastFailure !== '' && revocations;
  });
  assert.equal(pending?.leaseId, a);
  assert.match(pending?.lastFailure ?? '', /exit code 4/);
  assert.match(good(await world.run(['secret', 'list'])), /REVOKED LEASE/);
  assert.match(good(await world.run(['secret', 'revoke', String(a), '--force'])), /is given up after/);
  assert.deepEqual((await list(world)).revocations, []);
});

test('revoke of a secret’s name says what to type', async (context) => {
  const world = await vaultWorld(context);
  await put(world, 'team/token', VALUE);
  const hint = async (given: string): Promise<string | undefined> => {
    const { code, stderr } = await world.run(['secret', 'revoke', given]);
    assert.equal(code, 76);
    return stderr.split('\n')[1];
  };
  const unleased = await hint('team/token');
  assert.match(unleased ?? '', /'tenure secret revoke --name team\/token'$/);
  await lease(world, 'team/token', '--client-id', 'me');
  assert.match((await hint('team/token')) ?? '', /is a secret: 'tenure secret revoke --name team\/token' ends/);
  assert.match((await hint('team')) ?? '', /is a namespace: 'tenure secret revoke --namespace team' ends/);
  assert.match((await hint('lzzzz')) ?? '', /tenure lease list.*--force/);
  assert.equal((await listed(world, 'team/token')).activeLeases, 1);
});

test('the kill switch does what it can, tells what it could not, and ends with 1', async (context) => {
  const world = await vaultWorld(context);
  await put(world, 'bad', VALUE, '--rotate', 'exit 3');
  await put(world, 'good', VALUE, '--rotate', 'echo new');
  await lease(world, 'bad', '--client-id', 'one');
  await lease(world, 'good', '--client-id', 'two');
  const { code, stdout, stderr } = await world.run(['secret', 'killswitch', '--revoke', '--rotate', '--yes']);
  assert.equal(code, 1);
  assert.match(stdout, /^2 leases revoked\n/);
  assert.match(stdout, /\nbad +failed +1 .*exit code 3\ngood +rotated +2\n$/);
  assert.match(stderr, /^tenure: rotate bad: .*exit code 3\n$/);
  assert.deepEqual(
    (await list(world)).secrets.map(({ activeLeases }) => activeLeases),
    [0, 0],
  );
  assert.equal(await lease(world, 'good'), 'new\n');

  assert.equal(good(await world.run(['secret', 'killswitch', '--wipe', '--yes'])), 'the vault is wiped\n');
  assert.equal((await world.run(['secret', 'lease', 'good'])).code, 66);
  good(await world.run(['secret', 'init']));
  assert.deepEqual((await list(world)).secrets, []);
});

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8') || undefined;
  } catch {
    // The command has not run yet.
    return undefined;
  }
}
