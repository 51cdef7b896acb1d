import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type Client, isTenureError, LastExit, LeaseMode } from '@tenure/client';
import { LeaseEventType } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import { allLeases } from './lease_views.js';
import { until } from './until.js';
import { World } from './world.js';

const KILLS = 3;
const WORKERS = 8;

/** What the daemon has acknowledged. */
interface Acknowledged {
  /** By lease id, in the order of the answers. */
  readonly granted: Map<string, bigint>;
  readonly released: Set<string>;
}

/** Acquires and releases until told to stop; keeps every third lease. Both durabilities take part. */
async function work(client: Client, worker: number, known: Acknowledged, stop: AbortSignal): Promise<void> {
  for (let turn = 0; !stop.aborted; turn += 1) {
    const mode = LeaseMode.SHARED;
    const resource = `load/${worker}/${turn}`;
    const attachPids = worker % 2 === 0 ? [process.pid] : [];
    const request = { wishes: [{ resource, mode }], attachPids, requestId: resource, clientId: `w${worker}` };
    const outcome = (await retried(() => client.leases.acquireLease(request))).results[0]?.outcome;
    assert.equal(outcome?.$case, 'granted', resource);
    const { lease, ownerToken } = outcome.value;
    assert.ok(lease !== undefined);
    known.granted.set(lease.leaseId, lease.fencingToken);
    if (turn % 3 === 0) continue;
    await retried(() => client.leases.releaseLease({ ownerToken }));
    known.released.add(lease.leaseId);
  }
}

/** A daemon that is away for longer than the library's patience is no fault here. */
async function retried<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!isTenureError(error, 'UNREACHABLE') && !isTenureError(error, 'SHUTTING_DOWN')) throw error;
    }
  }
}

/** What a watcher saw: each change once, in order, whatever happened to the daemon. */
class Witness {
  readonly acquired: string[] = [];
  readonly released: string[] = [];
  lastRevision = 0n;
  snapshots = 0;

  async watch(client: Client, signal: AbortSignal): Promise<void> {
    const onSnapshot = () => {
      this.snapshots += 1;
    };
    for await (const event of client.watchLeases({ signal, onSnapshot })) {
      const { type, revision } = event;
      const isChange = type === LeaseEventType.ACQUIRED || type === LeaseEventType.RELEASED;
      if (!isChange) continue;
      assert.ok(revision > this.lastRevision, `revision ${revision} after ${this.lastRevision}`);
      this.lastRevision = revision;
      (type === LeaseEventType.ACQUIRED ? this.acquired : this.released).push(event.lease?.leaseId ?? '');
    }
  }
}

describe('kill -9 of the daemon under load', () => {
  test('loses no acknowledged lease, no event, and takes no fencing token back', async (t) => {
    const world = new World(t, { env: { TENURE_AUTOSTART: '0' } });
    let daemon = await world.startDaemon();
    const known: Acknowledged = { granted: new Map(), released: new Set() };
    const stopWork = new AbortController();
    const stopWatch = new AbortController();
    const witnesses = [new Witness(), new Witness(), new Witness()];
    const watching: Promise<void>[] = [];
    for (const witness of witnesses) watching.push(witness.watch(await world.connect(), stopWatch.signal));
    const working: Promise<void>[] = [];
    for (let worker = 0; worker < WORKERS; worker += 1) {
      working.push(work(await world.connect(), worker, known, stopWork.signal));
    }
    for (let kill = 0; kill < KILLS; kill += 1) {
      const before = known.granted.size;
      await until('some load', () => known.granted.size > before + 100);
      daemon.kill('SIGKILL');
      await daemon.ended;
      const highest = [...known.granted.values()].sort((a, b) => (a < b ? -1 : 1)).at(-1) ?? 0n;
      daemon = await world.startDaemon();
      const probe = await (await world.connect()).leases.acquireLease({ wishes: [{ resource: `probe/${kill}` }] });
      const outcome = probe.results[0]?.outcome;
      assert.equal(outcome?.$case, 'granted');
      assert.ok((outcome.value.lease?.fencingToken ?? 0n) > highest, 'a fencing token went back');
    }
    stopWork.abort();
    await Promise.all(working);

    const client = await world.connect();
    const tokens = [...known.granted.values()];
    assert.equal(new Set(tokens).size, tokens.length, 'no fencing token was given twice');
    const live = new Set((await allLeases(client)).map(({ leaseId }) => leaseId));
    const expected = [...known.granted.keys()].filter((leaseId) => !known.released.has(leaseId));
    assert.deepEqual(
      expected.filter((leaseId) => !live.has(leaseId)),
      [],
      'acknowledged and gone',
    );
    assert.deepEqual(
      [...known.released].filter((leaseId) => live.has(leaseId)),
      [],
      'released and back',
    );

    const { status } = await client.health.getStatus();
    // Events come in order: who has seen the last grant has seen all that was before it.
    const last = await client.leases.acquireLease({ wishes: [{ resource: 'last' }] });
    const lastOutcome = last.results[0]?.outcome;
    assert.equal(lastOutcome?.$case, 'granted');
    const lastId = lastOutcome.value.lease?.leaseId ?? '';
    for (const witness of witnesses) {
      await until('the watchers to catch up', () => witness.acquired.includes(lastId));
    }
    stopWatch.abort();
    await Promise.all(watching);
    for (const witness of witnesses) {
      assert.equal(new Set(witness.acquired).size, witness.acquired.length, 'no event came twice');
      assert.deepEqual(
        [...known.granted.keys()].filter((id) => !witness.acquired.includes(id)),
        [],
        'no grant was missed',
      );
      assert.deepEqual(
        [...known.released].filter((id) => !witness.released.includes(id)),
        [],
        'no release was missed',
      );
      assert.equal(witness.snapshots, 1, 'they resumed, and took no new snapshot');
    }
    assert.equal(status?.startCount, BigInt(KILLS + 1));
    assert.equal(status?.lastExit, LastExit.CRASHED);
    assert.match(readFileSync(join(world.stateDir, 'tenured.log'), 'utf8'), /daemon\.crash_recovered/);
  });

  test('a run goes on, keeps its lease, and ends as if nothing had happened', async (t) => {
    const world = new World(t, { env: { TENURE_AUTOSTART: '0' } });
    let daemon = await world.startDaemon();
    await world.start('mkfifo', ['go']).ended;
    const run = world.tenure(['run', 'r', '--', 'sh', '-c', 'echo held; read go <go; exit 7']);
    await run.line(/^held$/);
    const [before] = await allLeases(await world.connect());
    daemon.kill('SIGKILL');
    await daemon.ended;
    daemon = await world.startDaemon();
    const [after] = await allLeases(await world.connect());
    assert.equal(after?.leaseId, before?.leaseId);
    assert.equal(after?.fencingToken, before?.fencingToken);
    assert.equal((await world.run(['run', 'r', '--', 'true'])).code, 75);
    await world.start('sh', ['-c', 'echo >go']).ended;
    assert.equal((await run.ended).code, 7);
    assert.equal((await world.run(['run', 'r', '--', 'true'])).code, 0);
  });

  test('waiters return with their clients, in their order', async (t) => {
    const world = new World(t, { env: { TENURE_AUTOSTART: '0' } });
    const daemon = await world.startDaemon();
    await world.start('mkfifo', ['go']).ended;
    const holder = world.tenure(['run', 'r', '--', 'sh', '-c', 'echo held; read go <go']);
    await holder.line(/^held$/);
    const waiter = world.tenure(['run', 'r', '--wait', 'forever', '--', 'echo', 'mine']);
    const queueLength = async () =>
      (await (await world.connect()).leases.explainResource({ resource: 'r' })).queue.length;
    await until('the waiter to wait', async () => (await queueLength()) === 1);
    daemon.kill('SIGKILL');
    await daemon.ended;
    await world.startDaemon();
    await until('the waiter to wait again', async () => (await queueLength()) === 1);
    await world.start('sh', ['-c', 'echo >go']).ended;
    const ended = await waiter.ended;
    assert.equal(ended.stdout, 'mine\n');
    assert.equal(ended.code, 0);
    assert.equal((await holder.ended).code, 0);
  });
});
