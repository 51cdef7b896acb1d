import { LeaseLiveness } from '@tenure/client/gen/tenure/lease/v1/lease';
import { bidiEcho } from './echo.js';
import { grantedToken, HoldStub } from './hold_stub.js';
import { acquireRequest } from './requests.js';
import { type Contender, describe, inRounds, ratioByCpu } from './rounds.js';
import { median, rangeOf, ratios } from './statistics.js';
import type { Daemon, Workshop } from './workshop.js';

const TARGET = { bound: 'at least', value: 0.6 } as const;

/** Acquire and release on the standing connection, beside an echo on a stream. */
export async function holdPairs(workshop: Workshop): Promise<void> {
  const daemon = await workshop.startDaemon();
  for (const inFlight of [64, 1]) {
    const echo = await bidiEcho(workshop, inFlight);
    const contenders = [await libraryPairs(workshop, daemon, inFlight), stubPairs(workshop, daemon, inFlight)];
    const measured = await inRounds([echo, ...contenders]);
    const baseline = measured.get(echo.name);
    for (const { name } of contenders) {
      const result = measured.get(name);
      if (result === undefined || baseline === undefined) continue;
      const relative = ratios(result.rates, baseline.rates);
      workshop.report({
        name: `hold/${name}`,
        value: median(relative),
        range: rangeOf(relative),
        unit: '×',
        of: 'messages/s of a bare bidi echo',
        ...(inFlight === 64 ? { target: TARGET } : {}),
        detail: `${ratioByCpu(result, baseline)}; ${describe(result)}; echo ${describe(baseline)}`,
      });
    }
  }
}

/** By the client library's Hold. */
async function libraryPairs(workshop: Workshop, daemon: Daemon, inFlight: number): Promise<Contender> {
  const hold = (await workshop.connect(daemon.socketPath)).hold();
  const pair = async (resource: string): Promise<void> => {
    const acquired = await hold.acquire({ resource });
    const lease = acquired.outcome === 'acquired' ? acquired.leases[0] : undefined;
    if (lease === undefined) throw new Error(`not granted: ${resource}`);
    await hold.release(lease);
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

/** By the generated stub, batched by hand. */
function stubPairs(workshop: Workshop, daemon: Daemon, inFlight: number): Contender {
  let fail = (error: unknown): void => {
    throw error;
  };
  const hold = new HoldStub(workshop, daemon.socketPath, (error) => fail(error));
  return {
    name: `stub ${inFlight}`,
    inFlight,
    perTurn: 2,
    serverCpu: () => daemon.child.cpu(),
    turn: (chain, done, failed) => {
      fail = failed;
      const value = acquireRequest(`bench/stub/${chain}`, LeaseLiveness.HOLD);
      hold.send({ $case: 'acquire', value }, (acquired) => {
        const ownerToken = grantedToken(acquired);
        hold.send({ $case: 'release', value: { ownerToken } }, (released) => {
          if (released.$case === 'released') done();
          else failed(new Error(`not released: ${released.$case}`));
        });
      });
    },
  };
}
