import { type Client, LeaseLiveness } from '@tenure/client';
import type { Child } from './child.js';
import { quantile } from './statistics.js';
import type { Daemon, Workshop } from './workshop.js';

const TARGET = { bound: 'at most', value: 30 } as const;
const DEATHS = 200;
/** Holders that are started together; none starts while deaths are measured. */
const BATCH = 10;

/** Puts a holder on a resource: a process that is killed later. */
type StartHolder = (resource: string) => Promise<Child>;

/** From kill -9 of a holder until the next waiter has its answer. */
export async function deathToGrant(workshop: Workshop): Promise<void> {
  const daemon = await workshop.startDaemon();
  const client = await workshop.connect(daemon.socketPath);
  report(workshop, 'hold', await measure(client, streamHolder(workshop, daemon)), 'holder of a HoldLeases stream');
  report(workshop, 'pid', await measure(client, pidHolder(workshop, client)), 'process known by its pid alone');
}

/** Its connection breaks with it. */
function streamHolder(workshop: Workshop, { socketPath }: Daemon): StartHolder {
  return (resource) => workshop.startProgram('holder', [socketPath, resource]);
}

/** It has never spoken to the daemon. */
function pidHolder(workshop: Workshop, client: Client): StartHolder {
  return async (resource) => {
    const child = workshop.start('sleep', ['600']);
    const { results } = await client.leases.acquireLease({
      wishes: [{ resource }],
      liveness: LeaseLiveness.PROCESS,
      attachPids: [child.pid],
    });
    if (results[0]?.outcome?.$case !== 'granted') throw new Error(`not granted: ${resource}`);
    return child;
  };
}

async function measure(client: Client, startHolder: StartHolder): Promise<number[]> {
  const times: number[] = [];
  while (times.length < DEATHS) {
    const resources = Array.from({ length: BATCH }, (_, index) => `bench/death/${index}`);
    const holders = await Promise.all(resources.map(startHolder));
    for (const [index, resource] of resources.entries()) {
      const holder = holders[index];
      if (holder !== undefined) times.push(await oneDeath(client, resource, holder));
    }
  }
  return times;
}

async function oneDeath(client: Client, resource: string, holder: Child): Promise<number> {
  const hold = client.hold();
  let queued = (): void => undefined;
  const isQueued = new Promise<void>((resolve) => {
    queued = resolve;
  });
  const acquiring = hold.acquire({ resource, wait: 'forever', onQueue: () => queued() });
  await isQueued;
  const start = performance.now();
  holder.kill('SIGKILL');
  const acquired = await acquiring;
  const time = performance.now() - start;
  const lease = acquired.outcome === 'acquired' ? acquired.leases[0] : undefined;
  if (lease === undefined) throw new Error(`not granted: ${resource}`);
  await hold.release(lease);
  await holder.ended();
  return time;
}

function report(workshop: Workshop, name: string, times: readonly number[], of: string): void {
  const [p50, p99, max] = [quantile(times, 0.5), quantile(times, 0.99), quantile(times, 1)];
  workshop.report({
    name: `death/${name} p99`,
    value: p99,
    unit: 'ms',
    of,
    target: TARGET,
    detail: `${times.length} deaths, p50 ${p50.toFixed(2)} p99 ${p99.toFixed(2)} max ${max.toFixed(2)} ms`,
  });
}
