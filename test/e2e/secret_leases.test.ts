import assert from 'node:assert/strict';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type Client, durationFromMillis, LeaseEnd } from '@tenure/client';
import { LeaseEventType } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import { actionsOf, auditOf } from './audit_views.js';
import { allLeases } from './lease_views.js';
import { type Leased, SecretClients } from './secret_clients.js';
import { worldWithSecrets, writeProject } from './secret_world.js';
import type { World } from './world.js';

const SECRETS = 56;
const RESTARTS = 50;

/** By lease id: `app secret/team/07`. */
async function leasesByClient(world: World): Promise<ReadonlyMap<string, string>> {
  const leases = await allLeases(await world.connect());
  return new Map(leases.map(({ leaseId, clientId, resource }) => [leaseId, `${clientId} ${resource}`]));
}

function idsOf(leased: readonly Leased[]): readonly string[] {
  return leased.map(({ leaseId }) => leaseId);
}

async function untilEnded(client: Client, leaseId: string, wanted: LeaseEnd): Promise<void> {
  for await (const { type, lease } of client.watchLeases({ afterRevision: 1n })) {
    if (type === LeaseEventType.ACQUIRED || lease?.leaseId !== leaseId) continue;
    assert.equal(lease.end, wanted);
    return;
  }
}

describe('one lease a client and secret', () => {
  test('56 secrets, 50 restarts of one client, the daemon killed meanwhile: 56 leases, and another’s stay', async (t) => {
    const names = Array.from({ length: SECRETS }, (_, index) => `team/${String(index).padStart(2, '0')}`);
    const world = await worldWithSecrets(t, Object.fromEntries(names.map((name) => [name, `value of ${name}`])));
    const clients = await SecretClients.of(world);
    const others = await clients.once('other', names);
    const lives: (readonly Leased[])[] = [];
    for (let life = 0; life < RESTARTS; life += 1) {
      lives.push(await clients.once('app', names));
      if (life !== RESTARTS / 2) continue;
      process.kill(world.daemonPid(), 'SIGKILL');
      await world.startDaemon();
    }
    for (const [life, leased] of lives.entries()) {
      assert.equal(leased.length, SECRETS);
      assert.ok(
        leased.every(({ name, value, replaced }) => value === `value of ${name}` && replaced === life > 0),
        `life ${life}`,
      );
    }

    const expected = [...others, ...(lives.at(-1) ?? [])].map(
      ({ leaseId, clientId, name }) => [leaseId, `${clientId} secret/${name}`] as const,
    );
    const byId = ([one]: readonly [string, string], [other]: readonly [string, string]) => (one < other ? -1 : 1);
    assert.deepEqual([...(await leasesByClient(world))].sort(byId), expected.toSorted(byId));
    const { secrets } = await (await world.connect()).secrets.listSecrets({ pageSize: 1_000 });
    assert.deepEqual(
      secrets.map(({ activeLeases }) => activeLeases),
      names.map(() => 2),
    );

    const audit = await auditOf(world, '--client', 'app');
    for (const [index, name] of names.entries()) {
      const told = audit
        .filter(({ resource }) => resource === `secret/${name}`)
        .map(({ action, success, leaseId }) => `${action} ${success} ${leaseId}`);
      const ids = lives.map((leased) => idsOf(leased)[index]);
      const wanted = ids.flatMap((leaseId, life) => [
        ...(life === 0 ? [] : [`lease.replaced true ${ids[life - 1]}`]),
        `lease.acquired true ${leaseId}`,
        `secret.leased true ${leaseId}`,
      ]);
      assert.deepEqual(told, wanted, name);
    }
    assert.deepEqual(
      new Set(actionsOf(await auditOf(world, '--client', 'other'))),
      new Set(['lease.acquired', 'secret.leased']),
    );
  });

  test('nothing is replaced after a lease has expired, was revoked, or was given back', async (t) => {
    const world = await worldWithSecrets(t, { a: 'one' }, { env: { TENURE_AUTOSTART: '0' } });
    const client = await world.connect();
    const lease = async (ttlMs: number) => {
      const ttl = durationFromMillis(ttlMs);
      const leased = await client.secrets.leaseSecret({ name: 'a', clientId: 'app', ttl });
      assert.equal(leased.replaced, false);
      return { leaseId: leased.lease?.leaseId ?? '', ownerToken: leased.ownerToken };
    };
    await untilEnded(client, (await lease(200)).leaseId, LeaseEnd.EXPIRED);

    const revoked = await lease(3_600_000);
    await client.secrets.revokeSecretLeases({ target: { target: { $case: 'leaseId', value: revoked.leaseId } } });

    await client.leases.releaseLease({ ownerToken: (await lease(3_600_000)).ownerToken });

    // One that expires while no daemon runs.
    await lease(300);
    process.kill(world.daemonPid(), 'SIGKILL');
    await pause(400);
    await world.startDaemon();
    await lease(3_600_000);
    assert.deepEqual(actionsOf(await auditOf(world, '--client', 'app', '--resource', 'secret/a')), [
      ...['lease.acquired', 'secret.leased', 'lease.expired'],
      ...['lease.acquired', 'secret.leased', 'lease.revoked'],
      ...['lease.acquired', 'secret.leased', 'lease.released'],
      ...['lease.acquired', 'secret.leased', 'lease.expired'],
      ...['lease.acquired', 'secret.leased'],
    ]);
  });

  test('who gives no client id is known by program and folder: its next run replaces the lease, another’s does not', async (t) => {
    const world = await worldWithSecrets(t, { a: 'one' });
    const elsewhere = join(world.folder, 'elsewhere');
    mkdirSync(elsewhere);
    const replaced: boolean[] = [];
    for (const cwd of [world.folder, world.folder, elsewhere, world.folder]) {
      const { code, stdout } = await world.run(['secret', 'lease', 'a', '--json'], { cwd });
      assert.equal(code, 0);
      replaced.push(JSON.parse(stdout).replaced);
    }
    assert.deepEqual(replaced, [false, true, false, true]);
    assert.equal((await leasesByClient(world)).size, 2);
  });
});

describe('a TTL beyond the maximum', () => {
  test('is refused, audited as failed, and takes no lease; a policy may allow less, or more', async (t) => {
    const config = [
      'leases:',
      '  policies:',
      '    - { pattern: secret/short, maxTtl: 10m }',
      '    - { pattern: secret/long, maxTtl: 48h }',
    ];
    const values = { a: 'one', short: 'two', long: 'three' };
    const world = await worldWithSecrets(t, values, { config: config.join('\n') });
    const asked = join(world.folder, 'asked');
    const client = await world.connect();
    await client.secrets.putSecret({
      name: 'exec',
      content: { $case: 'source', value: `exec:echo > ${asked}; echo v` },
    });
    for (const [name, ttl, most] of [
      ['a', '25h', 86_400],
      ['exec', '86401s', 86_400],
      ['short', '11m', 600],
    ] as const) {
      const ended = await world.run(['secret', 'lease', name, '--ttl', ttl, '--client-id', 'app', '--json']);
      assert.equal(ended.code, 64);
      const { reason, message } = JSON.parse(ended.stdout).error;
      assert.equal(reason, 'TTL_OUT_OF_RANGE');
      assert.match(message, new RegExp(`at most ${most} s`));
      const [entry, ...more] = await auditOf(world, '--resource', `secret/${name}`, '--client', 'app');
      assert.deepEqual(more, []);
      assert.deepEqual([entry?.action, entry?.success, entry?.reason], ['secret.leased', false, 'TTL_OUT_OF_RANGE']);
      assert.equal(entry?.actor?.uid, process.getuid?.());
      assert.equal(entry?.actor?.executable, process.execPath);
    }
    // Nor was its source asked.
    assert.equal(existsSync(asked), false);
    assert.equal((await leasesByClient(world)).size, 0);

    writeProject(world, { A: 'a' }, { ttl: '25h' });
    const exec = await world.run(['secret', 'exec', '--', 'touch', 'ran']);
    assert.equal(exec.code, 64);
    assert.equal(existsSync(join(world.folder, 'ran')), false);
    assert.equal((await leasesByClient(world)).size, 0);

    for (const [name, ttl] of [
      ['a', '24h'],
      ['short', '10m'],
      ['long', '25h'],
    ] as const) {
      assert.equal((await world.run(['secret', 'lease', name, '--ttl', ttl])).code, 0);
    }
    assert.equal((await leasesByClient(world)).size, 3);
  });
});
