import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type Client, TenureError } from '@tenure/client';
import { auditOf } from './audit_views.js';
import { allLeases } from './lease_views.js';
import { leasedBy, SecretClients } from './secret_clients.js';
import { worldWithSecrets } from './secret_world.js';
import { until } from './until.js';
import type { World } from './world.js';

const PROGRAMS = 5;
const CLIENTS_EACH = 10;
const LIMIT_MS = 10_000;

function putSource(client: Client, name: string, source: string) {
  return client.secrets.putSecret({ name, content: { $case: 'source', value: source } });
}

function linesOf(path: string): readonly string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
}

/** Commands of this world that still run, besides its daemon. */
function commandsOf(world: World): readonly number[] {
  return world.processes().filter((pid) => pid !== world.daemonPid());
}

describe('many who ask for one command at the same moment', () => {
  test('50 clients in 5 processes: it runs once, each gets the value and a lease; later it runs anew', async (t) => {
    const world = await worldWithSecrets(t, {});
    const [runs, go] = [join(world.folder, 'runs'), join(world.folder, 'go')];
    const command = `echo run >> ${runs}; while [ ! -e ${go} ]; do sleep 0.02; done; echo "value $(wc -l < ${runs})"`;
    await putSource(await world.connect(), 'a', `exec:${command}`);
    const clients = await SecretClients.of(world);
    const programs = await Promise.all(
      Array.from({ length: PROGRAMS }, (_, program) =>
        clients.start(
          Array.from({ length: CLIENTS_EACH }, (_, index) => `client-${program}-${index}`),
          ['a'],
        ),
      ),
    );
    for (const program of programs) program.kill('SIGUSR2');
    for (const program of programs) await program.line(/^asked$/);
    // All have asked, and nobody has an answer.
    assert.ok(programs.every((program) => !program.output().includes('[')));
    writeFileSync(go, '');
    const leased = (await Promise.all(programs.map(leasedBy))).flat();
    assert.equal(leased.length, PROGRAMS * CLIENTS_EACH);
    assert.deepEqual(new Set(leased.map(({ value }) => value)), new Set(['value 1']));
    assert.equal(new Set(leased.map(({ leaseId }) => leaseId)).size, leased.length);
    assert.deepEqual(linesOf(runs), ['run']);
    assert.equal((await allLeases(await world.connect())).length, leased.length);
    assert.equal((await auditOf(world, '--action', 'secret.leased')).filter(({ success }) => success).length, 50);

    // What was shared is kept by nobody.
    assert.equal((await world.run(['secret', 'lease', 'a'])).stdout, 'value 2\n');
  });

  test('all hear of its failure, and nobody has a lease', async (t) => {
    const world = await worldWithSecrets(t, {});
    const [runs, go] = [join(world.folder, 'runs'), join(world.folder, 'go')];
    const client = await world.connect();
    await putSource(client, 'a', `exec:echo run >> ${runs}; while [ ! -e ${go} ]; do sleep 0.02; done; exit 9`);
    const asked = Array.from({ length: 20 }, (_, index) =>
      client.secrets.leaseSecret({ name: 'a', clientId: `client-${index}` }).catch((error: unknown) => error),
    );
    await client.health.getStatus();
    writeFileSync(go, '');
    for (const outcome of await Promise.all(asked)) {
      assert.ok(outcome instanceof TenureError && outcome.reason === 'SOURCE_FAILED', String(outcome));
      assert.match(outcome.message, /ended with exit code 9/);
    }
    assert.deepEqual(linesOf(runs), ['run']);
    assert.deepEqual(await allLeases(client), []);
  });
});

describe('sources that hang', () => {
  test('are cut at their limit with all that they started, and others are served meanwhile', async (t) => {
    const config = `secrets: { sourceTimeout: ${LIMIT_MS}ms }`;
    const world = await worldWithSecrets(t, { kept: 'from the vault' }, { config });
    const client = await world.connect();
    const started = join(world.folder, 'started');
    const note = `echo started >> ${started}`;
    const hanging = {
      sleeps: `trap '' TERM HUP; ${note}; sleep 1000`,
      'leaves a child': `trap '' TERM; (trap '' TERM; sleep 1000) & ${note}; wait`,
      trickles: `${note}; while :; do echo more; sleep 0.1; done`,
      'closes its output': `exec >&-; ${note}; sleep 1000`,
    };
    const names = Object.keys(hanging).map((_, index) => `hangs/${index}`);
    for (const [index, command] of Object.values(hanging).entries()) {
      await putSource(client, `hangs/${index}`, `exec:${command}`);
    }
    const file = join(world.folder, 'token');
    writeFileSync(file, 'from a file\n', { mode: 0o600 });
    await putSource(client, 'file', `file:${file}`);
    await putSource(client, 'exec', 'exec:echo from a command');

    const begin = performance.now();
    let settled = 0;
    const asked = names.map(async (name) => {
      const ended = await world.run(['secret', 'lease', name, '--json']);
      settled += 1;
      return { name, ended, tookMs: performance.now() - begin };
    });
    await until('all to hang', () => linesOf(started).length === names.length);
    const values: string[] = [];
    for (const name of ['kept', 'file', 'exec']) {
      values.push((await client.secrets.leaseSecret({ name, clientId: 'app' })).value.toString());
    }
    assert.deepEqual(values, ['from the vault', 'from a file', 'from a command']);
    assert.equal(settled, 0, 'the others had to wait');

    for (const { name, ended, tookMs } of await Promise.all(asked)) {
      assert.equal(ended.code, 1, name);
      const { reason, message } = JSON.parse(ended.stdout).error;
      assert.equal(reason, 'SOURCE_FAILED');
      assert.match(message, /gave no value within 10 s; see what it waits for, or raise secrets\.sourceTimeout/);
      assert.ok(tookMs >= LIMIT_MS && tookMs < LIMIT_MS + 30_000, `${name} took ${tookMs} ms`);
      const [entry] = await auditOf(world, '--resource', `secret/${name}`, '--action', 'secret.leased');
      assert.deepEqual([entry?.success, entry?.reason, entry?.leaseId], [false, 'SOURCE_FAILED', '']);
    }
    await until('all commands to be gone', () => commandsOf(world).length === 0);
    assert.equal((await allLeases(client)).length, 3);
  });

  test('as many as may run at once keep nobody from what needs no command', async (t) => {
    const world = await worldWithSecrets(
      t,
      { kept: 'from the vault' },
      { env: { OUTER: 'from outside' }, config: 'secrets: { sourceTimeout: 5m }' },
    );
    const client = await world.connect();
    const started = join(world.folder, 'started');
    await putSource(client, 'env', 'env:OUTER');
    await putSource(client, 'exec', 'exec:echo from a command');
    const abort = new AbortController();
    const names = Array.from({ length: 64 }, (_, index) => `hangs/${index}`);
    for (const name of names) await putSource(client, name, `exec:echo ${name} >> ${started}; sleep 1000`);
    const asked = names.map((name) =>
      client.secrets.leaseSecret({ name, clientId: 'app' }, { signal: abort.signal }).catch((error: unknown) => error),
    );
    await until('all to hang', () => linesOf(started).length === names.length);
    for (const [name, value] of [
      ['kept', 'from the vault'],
      ['env', 'from outside'],
    ] as const) {
      assert.equal((await client.secrets.leaseSecret({ name, clientId: 'app' })).value.toString(), value);
    }
    const waiting = client.secrets.leaseSecret({ name: 'exec', clientId: 'app' });
    // Who asked goes: so do the commands that nobody waits for, and the next one has its turn.
    abort.abort();
    await Promise.all(asked);
    assert.equal((await waiting).value.toString(), 'from a command');
    await until('all commands to be gone', () => commandsOf(world).length === 0);
  });

  test('what has no end, or never begins, is refused at once', async (t) => {
    const world = await worldWithSecrets(t, {});
    const client = await world.connect();
    const fifo = join(world.folder, 'fifo');
    assert.equal((await world.start('mkfifo', [fifo]).ended).code, 0);
    for (const [name, source, problem] of [
      ['endless', 'exec:yes', /65,?536/],
      ['fifo', `file:${fifo}`, /not a regular file/],
      ['device', 'file:/dev/zero', /not a regular file/],
      ['silent', 'exec:true', /gave nothing/],
    ] as const) {
      await putSource(client, name, source);
      const ended = await world.run(['secret', 'lease', name]);
      assert.equal(ended.code, 1, name);
      assert.match(ended.stderr, problem);
      assert.equal(ended.stdout, '');
    }
    await until('all commands to be gone', () => commandsOf(world).length === 0);
    assert.deepEqual(await allLeases(client), []);
  });
});
