import { setTimeout as pause } from 'node:timers/promises';
import { type Client, LeaseEventType } from '@tenure/client';
import type { Daemon, Workshop } from './workshop.js';

const TARGET = { bound: 'at most', value: 130 } as const;
const LEASES = 10_000;
/** Acquires under way while the leases are taken. */
const IN_FLIGHT = 64;
const CONNECTIONS = 10;
const WATCHES = 1_000;
/** Changes that every watch sees. */
const CHANGES = 200;
const SETTLE_MS = 3_000;

/** The daemon's memory with many leases and many that watch all of them. */
export async function memory(workshop: Workshop): Promise<void> {
  const daemon = await workshop.startDaemon();
  const client = await workshop.connect(daemon.socketPath);
  const empty = daemon.child.memory('VmRSS');
  await takeLeases(client);
  const withLeases = daemon.child.memory('VmRSS');
  const watches = await openWatches(workshop, daemon, client);
  await makeChanges(client);
  await watches.seen(CHANGES);
  const busy = daemon.child.memory('VmRSS');
  await pause(SETTLE_MS);
  const detail = [
    `${empty.toFixed(0)} MB empty`,
    `${withLeases.toFixed(0)} with the leases`,
    `${busy.toFixed(0)} after ${CHANGES} changes to all`,
    `${daemon.child.memory('VmHWM').toFixed(0)} at most`,
  ].join(', ');
  workshop.report({
    name: 'memory/RSS',
    value: daemon.child.memory('VmRSS'),
    unit: 'MB',
    of: `${LEASES} leases, ${WATCHES} watches over ${CONNECTIONS} connections`,
    target: TARGET,
    detail,
  });
}

/** By one client, which renews them. */
async function takeLeases(client: Client): Promise<void> {
  const hold = client.hold();
  let taken = 0;
  const chain = async (): Promise<void> => {
    while (taken < LEASES) {
      taken += 1;
      const { outcome } = await hold.acquire({ resource: `bench/memory/${taken}` });
      if (outcome !== 'acquired') throw new Error('not granted');
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, chain));
}

/** Watches of everything, from now on. */
async function openWatches(
  workshop: Workshop,
  daemon: Daemon,
  client: Client,
): Promise<{ seen(changes: number): Promise<void> }> {
  const { revision } = await client.leases.listLeases({ pageSize: 1 });
  let [synced, changed] = [0, 0];
  for (let connection = 0; connection < CONNECTIONS; connection += 1) {
    const stub = workshop.leaseStub(daemon.socketPath);
    for (let watch = 0; watch < WATCHES / CONNECTIONS; watch += 1) {
      const call = stub.watchLeases({ filter: undefined, afterRevision: revision });
      call.on('data', ({ events }) => {
        for (const { type } of events) {
          if (type === LeaseEventType.SYNCED) synced += 1;
          else changed += 1;
        }
      });
      // Only its end at the end of the run.
      call.on('error', () => undefined);
    }
  }
  await until(() => synced === WATCHES);
  return { seen: (changes) => until(() => changed >= WATCHES * changes) };
}

async function makeChanges(client: Client): Promise<void> {
  const hold = client.hold();
  for (let pair = 0; pair < CHANGES / 2; pair += 1) {
    const acquired = await hold.acquire({ resource: 'bench/change' });
    const lease = acquired.outcome === 'acquired' ? acquired.leases[0] : undefined;
    if (lease === undefined) throw new Error('not granted');
    await hold.release(lease);
  }
}

async function until(isTrue: () => boolean): Promise<void> {
  for (let waited = 0; !isTrue(); waited += 20) {
    if (waited > 30_000) throw new Error('the watches did not see all changes');
    await pause(20);
  }
}
