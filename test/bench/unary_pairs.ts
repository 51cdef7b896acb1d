import { LeaseLiveness } from '@tenure/client/gen/tenure/lease/v1/lease';
import { unaryEcho } from './echo.js';
import { acquireRequest, ownerTokenOf } from './requests.js';
import { type Contender, describe, inRounds, ratioByCpu } from './rounds.js';
import { median, rangeOf, ratios } from './statistics.js';
import type { Daemon, Workshop } from './workshop.js';

const TARGET = { bound: 'at least', value: 0.8 } as const;

/** Acquire and release by single calls, beside an echo. */
export async function unaryPairs(workshop: Workshop): Promise<void> {
  const daemon = await workshop.startDaemon();
  const { PROCESS, TTL } = LeaseLiveness;
  for (const inFlight of [64, 1]) {
    const echo = await unaryEcho(workshop, inFlight);
    const contenders = [
      stubPairs(workshop, daemon, 'process', PROCESS, inFlight),
      await libraryPairs(workshop, daemon, inFlight),
      stubPairs(workshop, daemon, 'ttl', TTL, inFlight),
    ];
    const measured = await inRounds([echo, ...contenders]);
    const baseline = measured.get(echo.name);
    for (const { name } of contenders) {
      const result = measured.get(name);
      if (result === undefined || baseline === undefined) continue;
      const relative = ratios(result.rates, baseline.rates);
      workshop.report({
        name: `unary/${name}`,
        value: median(relative),
        range: rangeOf(relative),
        unit: '×',
        of: 'RPCs/s of a bare unary echo',
        ...(inFlight === 64 && !name.startsWith('library') ? { target: TARGET } : {}),
        detail: `${ratioByCpu(result, baseline)}; ${describe(result)}; echo ${describe(baseline)}`,
      });
    }
  }
}

/** By the generated stub, as the echo is called. TTL leases are synced to the disk, PROCESS leases are not. */
function stubPairs(
  workshop: Workshop,
  daemon: Daemon,
  name: string,
  liveness: LeaseLiveness,
  inFlight: number,
): Contender {
  const stub = workshop.leaseStub(daemon.socketPath);
  return {
    name: `${name} ${inFlight}`,
    inFlight,
    perTurn: 2,
    serverCpu: () => daemon.child.cpu(),
    turn: (chain, done, failed) => {
      stub.acquireLease(acquireRequest(`bench/${name}/${chain}`, liveness), (refused, acquired) => {
        if (refused !== null) return failed(refused);
        stub.releaseLease({ ownerToken: ownerTokenOf(acquired) }, (error) => {
          if (error === null) done();
          else failed(error);
        });
      });
    },
  };
}

/** By the client library, with its deadlines and repetitions. */
async function libraryPairs(workshop: Workshop, daemon: Daemon, inFlight: number): Promise<Contender> {
  const { leases } = await workshop.connect(daemon.socketPath);
  const pair = async (resource: string): Promise<void> => {
    const wishes = [{ resource }];
    const acquired = await leases.acquireLease({ wishes, liveness: LeaseLiveness.PROCESS });
    await leases.releaseLease({ ownerToken: ownerTokenOf(acquired) });
  };
  return {
    name: `library ${inFlight}`,
    inFlight,
    perTurn: 2,
    serverCpu: () => daemon.child.cpu(),
    turn: (chain, done, failed) => {
      pair(`bench/library/${chain}`).then(() => done(), failed);
    },
  };
}
