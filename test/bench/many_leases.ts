import { LeaseLiveness } from '@tenure/client';
import { grantedToken, HoldStub } from './hold_stub.js';
import { acquireRequest } from './requests.js';
import { type Contender, describe, inRounds } from './rounds.js';
import { median, rangeOf, ratios } from './statistics.js';
import type { Daemon, Workshop } from './workshop.js';

const TARGET = { bound: 'at most', value: 1.2 } as const;
const FEW = 10;
const MANY = 100_000;
const TTL_SECONDS = 3_600;
/** Acquires under way while leases are taken; a message takes 1,024. */
const WINDOW = 1_000;

/** An acquire with many live leases, beside one with few, each on a daemon of its own. */
export async function manyLeases(workshop: Workshop): Promise<void> {
  const [few, many] = [await workshop.startDaemon(), await workshop.startDaemon()];
  const [fewHold, manyHold] = [holdOn(workshop, few), holdOn(workshop, many)];
  await take(fewHold, FEW);
  await take(manyHold, MANY);
  for (const inFlight of [1, 64]) {
    const contenders = [acquires('few', few, fewHold, inFlight), acquires('many', many, manyHold, inFlight)];
    const measured = await inRounds(contenders);
    const [baseline, result] = contenders.map(({ name }) => measured.get(name));
    if (baseline === undefined || result === undefined) throw new Error('a contender was not measured');
    const relative = ratios(result.medians, baseline.medians);
    workshop.report({
      name: `many/acquire ${inFlight}`,
      value: median(relative),
      range: rangeOf(relative),
      unit: '×',
      of: `time at ${MANY} leases over that at ${FEW}`,
      // Of an acquire by itself; with many in flight the garbage collector's work shows too.
      ...(inFlight === 1 ? { target: TARGET } : {}),
      detail: `${describe(result)}; few ${describe(baseline)}; RSS ${many.child.memory('VmRSS').toFixed(0)} MB`,
    });
  }
}

function holdOn(workshop: Workshop, { socketPath }: Daemon): HoldStub {
  return new HoldStub(workshop, socketPath, (error) => {
    throw error;
  });
}

/** Leases that stay. */
async function take(hold: HoldStub, count: number): Promise<void> {
  for (let from = 0; from < count; from += WINDOW) {
    const names = Array.from({ length: Math.min(WINDOW, count - from) }, (_, index) => `bench/stay/${from + index}`);
    await Promise.all(names.map((name) => acquire(hold, name)));
  }
}

function acquire(hold: HoldStub, resource: string): Promise<string> {
  return new Promise((resolve) => {
    const value = acquireRequest(resource, LeaseLiveness.HOLD, TTL_SECONDS);
    hold.send({ $case: 'acquire', value }, (acquired) => resolve(grantedToken(acquired)));
  });
}

/** The time of an acquire; the release that follows only makes room for the next one. */
function acquires(name: string, { child }: Daemon, hold: HoldStub, inFlight: number): Contender {
  return {
    name,
    inFlight,
    perTurn: 2,
    serverCpu: () => child.cpu(),
    turn: (chain, done, failed) => {
      const begin = performance.now();
      const value = acquireRequest(`bench/turn/${chain}`, LeaseLiveness.HOLD);
      hold.send({ $case: 'acquire', value }, (acquired) => {
        const time = performance.now() - begin;
        hold.send({ $case: 'release', value: { ownerToken: grantedToken(acquired) } }, (released) => {
          if (released.$case === 'released') done(time);
          else failed(new Error(`not released: ${released.$case}`));
        });
      });
    },
  };
}
