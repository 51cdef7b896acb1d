import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { timestampToDate } from '@tenure/client';
import { allLeases } from './lease_views.js';
import type { Running } from './running.js';
import { worldWithSecrets, writeProject } from './secret_world.js';
import { until } from './until.js';
import type { World } from './world.js';

const VALUE = 'v4lue-that-nobody-may-see';
/** Says that it runs, and runs until the test writes the file `go`. */
const UNTIL_GO = 'echo ready; while [ ! -e go ]; do sleep 0.05; done';

function exec(world: World, script: string, options: readonly string[] = []) {
  return world.tenure(['secret', 'exec', ...options, '--', 'sh', '-c', script]);
}

function go(world: World): void {
  writeFileSync(join(world.folder, 'go'), '');
}

async function resources(world: World): Promise<readonly string[]> {
  return (await allLeases(await world.connect())).map(({ resource }) => resource).sort();
}

describe('tenure secret exec', () => {
  test('ends as its command does, and gives all leases back', async (t) => {
    const world = await worldWithSecrets(t, { a: VALUE, 'team/b': 'two' });
    writeProject(world, { A: 'a', B: 'team/b', AGAIN: 'a' });
    const codes: Record<string, number> = {};
    for (const script of ['exit 0', 'exit 7', 'exit 76', 'kill -TERM $$', 'kill -KILL $$']) {
      codes[script] = (await exec(world, script).ended).code;
    }
    assert.deepEqual(codes, { 'exit 0': 0, 'exit 7': 7, 'exit 76': 76, 'kill -TERM $$': 143, 'kill -KILL $$': 137 });
    assert.equal((await world.run(['secret', 'exec', '--', 'no-such-program'])).code, 127);
    assert.equal((await world.run(['secret', 'exec', '--', '/etc'])).code, 126);
    assert.deepEqual(await resources(world), []);
  });

  test('the command has the values, and standard input, arguments and TENURE_LEASES as they were', async (t) => {
    const world = await worldWithSecrets(t, { a: 'one\n "two" $three\n', b: '\uFEFFé' });
    writeProject(world, { A: 'a', B: 'b', PATH_TWO: 'b' });
    const script = 'cat; printf "<%s>" "$A" "$B" "$PATH_TWO" "$TENURE_LEASES" "$@"';
    const run = world.tenure(['secret', 'exec', '--', 'sh', '-c', script, 'sh', '--json', ''], {
      input: 'in\n',
      env: { TENURE_LEASES: 'tni_as,tni_it', A: 'before' },
    });
    const ended = await run.ended;
    assert.equal(ended.stdout, 'in\n<one\n "two" $three\n><\uFEFFé><\uFEFFé><tni_as,tni_it><--json><>');
    assert.equal(ended.stderr, '');
    assert.equal(ended.code, 0);
  });

  test('a value is in no argument list, and in nothing that tenure says', async (t) => {
    const world = await worldWithSecrets(t, { a: VALUE });
    writeProject(world, { A: 'a' });
    const run = exec(world, UNTIL_GO);
    await run.line(/^ready$/);
    const lists = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => {
        try {
          return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
        } catch {
          return '';
        }
      });
    assert.ok(lists.some((list) => list.includes('echo ready')));
    assert.deepEqual(
      lists.filter((list) => list.includes(VALUE)),
      [],
    );
    go(world);
    const ended = await run.ended;
    assert.equal(`${ended.stdout}${ended.stderr}`.includes(VALUE), false);
  });

  test('all or none: where one can’t be had, nothing runs and nothing stays leased', async (t) => {
    const world = await worldWithSecrets(t, { a: 'one', nul: Buffer.from('a\0b'), bytes: Buffer.from([0xff, 0xfe]) });
    writeProject(world, { A: 'a', B: 'absent' });
    const missing = await exec(world, 'touch ran').ended;
    assert.equal(missing.code, 66);
    assert.match(missing.stderr, /the secret absent can't be had/);
    assert.deepEqual(await resources(world), []);
    for (const name of ['nul', 'bytes']) {
      writeProject(world, { A: 'a', B: name });
      const unfit = await exec(world, 'touch ran').ended;
      assert.equal(unfit.code, 64);
      assert.match(unfit.stderr, new RegExp(`the value of the secret ${name} `));
    }
    const json = await exec(world, 'touch ran', ['--json']).ended;
    assert.equal(JSON.parse(json.stderr).error.reason, 'VALUE_UNFIT');
    assert.equal(existsSync(join(world.folder, 'ran')), false);
    assert.deepEqual(await resources(world), []);
  });

  test('beyond --ttl the command and its whole group are ended, also where they ignore TERM: 124', async (t) => {
    const world = await worldWithSecrets(t, { a: 'one' });
    writeProject(world, { A: 'a' });
    const loop = 'while :; do sleep 0.05; done';
    const script = `trap "" TERM; sh -c 'echo below $$; ${loop}' & echo above $$; ${loop}`;
    const run = exec(world, script, ['--ttl', '3s']);
    const pids = [await run.line(/^above/), await run.line(/^below/)].map((line) => line.split(' ')[1]);
    const ended = await run.ended;
    assert.equal(ended.code, 124);
    assert.match(ended.stderr, /the time of --ttl .* is over; ending the command/);
    for (const pid of pids) await until(`${pid} to be gone`, () => !isRunning(pid ?? ''));
    assert.deepEqual(await resources(world), []);
  });

  test('a command that ends on TERM at its limit is 124 all the same; one that is faster is not', async (t) => {
    const world = await worldWithSecrets(t, { a: 'one' });
    writeProject(world, { A: 'a' });
    const polite = await exec(world, 'trap "exit 0" TERM; while :; do sleep 0.05; done', ['--ttl', '300ms']).ended;
    assert.equal(polite.code, 124);
    assert.equal((await exec(world, 'exit 3', ['--ttl', '1m']).ended).code, 3);
  });

  test('a lease is renewed for as long as the command runs', async (t) => {
    const world = await worldWithSecrets(t, { a: 'one' });
    writeProject(world, { A: 'a' }, { ttl: '4s' });
    const run = exec(world, UNTIL_GO);
    await run.line(/^ready$/);
    const client = await world.connect();
    const expiry = async () => {
      const [lease] = await allLeases(client);
      return lease?.expireTime === undefined ? Number.NaN : timestampToDate(lease.expireTime).getTime();
    };
    const first = await expiry();
    await until('two more TTLs', async () => (await expiry()) > first + 5_000);
    go(world);
    assert.equal((await run.ended).code, 0);
    assert.deepEqual(await resources(world), []);
  });

  test('a lease that is revoked ends the command: 76, with the secret’s name', async (t) => {
    const world = await worldWithSecrets(t, { a: 'one', b: 'two' });
    writeProject(world, { A: 'a', B: 'b' }, { client_id: 'shop' });
    const run = exec(world, `trap "exit 0" TERM; ${UNTIL_GO}`);
    await run.line(/^ready$/);
    const client = await world.connect();
    await client.secrets.revokeSecretLeases({ target: { target: { $case: 'name', value: 'b' } } });
    const ended = await run.ended;
    assert.equal(ended.code, 76);
    assert.match(ended.stderr, /the lease on the secret b is gone \(revoked by an operator\); ending the command/);
    assert.deepEqual(await resources(world), []);
  });

  test('a newer run of the same client takes the leases over, and its revocation ends both', async (t) => {
    const world = await worldWithSecrets(t, { a: 'one' });
    writeProject(world, { A: 'a' }, { client_id: 'shop', ttl: '4s' });
    const older = exec(world, UNTIL_GO);
    await older.line(/^ready$/);
    const client = await world.connect();
    const [first] = await allLeases(client);
    const newer = exec(world, UNTIL_GO);
    await newer.line(/^ready$/);
    const [second, ...more] = await allLeases(client);
    assert.notEqual(second?.leaseId, first?.leaseId);
    assert.deepEqual(more, []);
    await until('the older lease’s TTL to be over', async () => {
      const [lease] = await allLeases(client);
      const end = (time: typeof lease) =>
        time?.expireTime === undefined ? 0 : timestampToDate(time.expireTime).getTime();
      return end(lease) > end(first) + 4_500;
    });
    assert.ok(older.isRunning && older.output(2) === '');
    await client.secrets.revokeSecretLeases({ target: { target: { $case: 'leaseId', value: second?.leaseId ?? '' } } });
    assert.equal((await newer.ended).code, 76);
    assert.equal((await older.ended).code, 76);
  });

  test('runs beside each other have leases of their own, each of which a revoke reaches; one that was killed leaves none', async (t) => {
    const world = await worldWithSecrets(t, { a: 'one' });
    writeProject(world, { A: 'a' });
    const client = await world.connect();
    const clients = async () => (await allLeases(client)).map(({ clientId }) => clientId).sort();
    const project = join(world.folder, '.secrets.json');
    const runs: Running[] = [];
    for (const _ of [1, 2]) {
      const run = exec(world, UNTIL_GO);
      await run.line(/^ready$/);
      runs.push(run);
    }
    assert.deepEqual(await clients(), [`exec:${project}:1`, `exec:${project}:2`]);
    const revoke = (clientId: string) =>
      client.secrets.revokeSecretLeases({ target: { target: { $case: 'clientId', value: clientId } } });
    await revoke(`exec:${project}:1`);
    assert.equal((await runs[0]?.ended)?.code, 76);
    assert.ok(runs[1]?.isRunning);
    // A crash, and a restart in its place: as many leases as before.
    runs[1]?.kill('SIGKILL');
    await runs[1]?.exited;
    for (const _ of [1, 2, 3]) {
      const run = exec(world, UNTIL_GO);
      await run.line(/^ready$/);
      run.kill('SIGKILL');
      await run.exited;
    }
    assert.deepEqual(await clients(), [`exec:${project}:1`, `exec:${project}:2`]);
    go(world);
  });

  test('runs that begin at the same moment have leases of their own, too', async (t) => {
    const world = await worldWithSecrets(t, {}, { config: 'secrets:\n  sourceTimeout: 2m\n' });
    const client = await world.connect();
    // All are at the source before the first of them has a lease.
    const gate = join(world.folder, 'gate');
    const source = `exec:while ! test -e ${gate}; do sleep 0.05; done; echo one`;
    await client.secrets.putSecret({ name: 'a', content: { $case: 'source', value: source } });
    writeProject(world, { A: 'a' });
    const before = (await client.health.getStatus()).status?.connections ?? 0;
    const runs = [1, 2, 3].map(() => exec(world, UNTIL_GO));
    await until('the runs', async () => {
      const { status } = await client.health.getStatus();
      return (status?.connections ?? 0) >= before + runs.length;
    });
    writeFileSync(gate, '');
    for (const run of runs) await run.line(/^ready$/);
    const project = join(world.folder, '.secrets.json');
    assert.deepEqual(
      (await allLeases(client)).map(({ clientId }) => clientId).sort(),
      [1, 2, 3].map((number) => `exec:${project}:${number}`),
    );
    go(world);
    for (const run of runs) assert.equal((await run.ended).code, 0);
    assert.deepEqual(await allLeases(client), []);
  });

  test('an older run goes on when the newer one is through', async (t) => {
    const world = await worldWithSecrets(t, { a: 'one' });
    writeProject(world, { A: 'a' }, { client_id: 'shop' });
    const older = exec(world, UNTIL_GO);
    await older.line(/^ready$/);
    assert.equal((await exec(world, 'exit 0').ended).code, 0);
    go(world);
    assert.equal((await older.ended).code, 0);
    assert.equal(older.output(2), '');
  });

  test('a daemon that is killed leaves the command alone; it is warned once, and renewed when the next is there', async (t) => {
    const world = await worldWithSecrets(t, { a: 'one' }, { env: { TENURE_AUTOSTART: '0' } });
    writeProject(world, { A: 'a' }, { ttl: '15s' });
    const run = exec(world, `${UNTIL_GO}; exit 7`);
    await run.line(/^ready$/);
    for (let kill = 0; kill < 2; kill += 1) {
      process.kill(world.daemonPid(), 'SIGKILL');
      await until('the warning', () => run.output(2).includes('the daemon is away'));
      await world.startDaemon();
      const client = await world.connect();
      const [before] = await allLeases(client);
      await until('a renewal', async () => {
        const [now] = await allLeases(client);
        return (now?.expireTime?.seconds ?? 0n) > (before?.expireTime?.seconds ?? 0n) + 1n;
      });
    }
    go(world);
    const ended = await run.ended;
    assert.equal(ended.code, 7);
    assert.equal(ended.stderr.match(/away/g)?.length, 1);
    assert.deepEqual(await resources(world), []);
  });

  test('with the daemon gone for good, the command’s own end is the end', async (t) => {
    const world = await worldWithSecrets(t, { a: 'one' }, { env: { TENURE_AUTOSTART: '0' } });
    writeProject(world, { A: 'a' });
    const run = exec(world, `${UNTIL_GO}; exit 7`);
    await run.line(/^ready$/);
    process.kill(world.daemonPid(), 'SIGKILL');
    await until('the warning', () => run.output(2).includes('the daemon is away'));
    go(world);
    assert.equal((await run.ended).code, 7);
  });

  test('signals reach the command and all that it started', async (t) => {
    const world = await worldWithSecrets(t, { a: 'one' });
    writeProject(world, { A: 'a' });
    const command = world.script('command.sh', [
      'trap "wait; echo above; exit 5" TERM',
      'sh -c \'trap "echo below; exit" TERM; echo ready; while :; do sleep 0.05; done\' &',
      'wait',
    ]);
    const run = world.tenure(['secret', 'exec', '--', command]);
    await run.line(/^ready$/);
    run.kill('SIGTERM');
    const ended = await run.ended;
    assert.equal(ended.code, 5);
    assert.match(ended.stdout, /below\nabove\n/);
    assert.deepEqual(await resources(world), []);
  });

  test('a signal while a source is asked ends it, and nothing stays leased', async (t) => {
    const world = await worldWithSecrets(t, { a: 'one' });
    const client = await world.connect();
    const source = `exec:touch ${join(world.folder, 'asked')}; sleep 60`;
    await client.secrets.putSecret({ name: 'slow', content: { $case: 'source', value: source } });
    writeProject(world, { A: 'a', SLOW: 'slow' });
    const run = exec(world, 'touch ran');
    await until('the source to be asked', () => existsSync(join(world.folder, 'asked')));
    run.kill('SIGINT');
    await until('its end, long before the source has one', () => !run.isRunning, 30_000);
    const ended = await run.ended;
    assert.equal(ended.code, 130);
    assert.equal(existsSync(join(world.folder, 'ran')), false);
    assert.deepEqual(await resources(world), []);
  });

  test('without a command, or without --, it says how to write it', async (t) => {
    const world = await worldWithSecrets(t, { a: 'one' });
    writeProject(world, { A: 'a' });
    for (const args of [[], ['--'], ['true']]) {
      const ended = await world.run(['secret', 'exec', ...args]);
      assert.equal(ended.code, 64);
      assert.match(ended.stderr, /write it after --/);
    }
  });
});

function isRunning(pid: string): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z ');
  } catch {
    return false;
  }
}
