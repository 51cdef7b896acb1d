import type { Attributes, Counter, Histogram, Meter } from '@opentelemetry/api';
import { Tally } from './tally.js';

/** Limits of the histograms of seconds: from a commit on a fast disk to a wait of hours. */
const SECONDS = [
  0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 60, 300, 1_800, 7_200, 43_200,
] as const;
/** As the semantic conventions have it for calls, in milliseconds. */
const CALL_MS = [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 60_000] as const;

/** What is counted and timed as it happens; docs/telemetry.md has them all. */
export interface Instruments {
  readonly calls: Histogram<Attributes>;
  readonly acquires: Tally;
  readonly acquireTime: Histogram<Attributes>;
  readonly leaseEnds: Tally;
  readonly commitTime: Histogram<Attributes>;
  readonly adapterTime: Histogram<Attributes>;
  readonly sourceTime: Histogram<Attributes>;
  readonly sessionEnds: Counter<Attributes>;
  readonly sessionTime: Histogram<Attributes>;
  readonly taskEnds: Tally;
  readonly events: Tally;
}

export function createInstruments(meter: Meter): Instruments {
  const seconds = (name: string, description: string): Histogram =>
    meter.createHistogram(name, { description, unit: 's', advice: { explicitBucketBoundaries: [...SECONDS] } });
  return {
    calls: meter.createHistogram('rpc.server.duration', {
      description: 'Time of calls from outside, in milliseconds.',
      unit: 'ms',
      advice: { explicitBucketBoundaries: [...CALL_MS] },
    }),
    acquires: new Tally(meter, 'tenure.lease.acquires', {
      description: 'Acquires that were answered, by outcome.',
      unit: '{acquire}',
    }),
    acquireTime: seconds('tenure.lease.acquire.time', 'Seconds from an acquire to its answer, the wait included.'),
    leaseEnds: new Tally(meter, 'tenure.lease.ends', {
      description: 'Leases that ended, by how they did.',
      unit: '{lease}',
    }),
    commitTime: seconds('tenure.store.commit.time', 'Seconds until a commit is as safe as its durability promises.'),
    adapterTime: seconds('tenure.session.adapter.time', 'Seconds that an adapter of sessions took for its answer.'),
    sourceTime: seconds('tenure.secret.source.time', 'Seconds that a source took for a value.'),
    sessionEnds: meter.createCounter('tenure.session.ends', {
      description: 'Launched sessions that ended, by adapter and outcome.',
      unit: '{session}',
    }),
    sessionTime: seconds('tenure.session.time', 'Seconds that launched sessions ran.'),
    taskEnds: new Tally(meter, 'tenure.task.ends', {
      description: 'Runs of tasks that ended, by status.',
      unit: '{run}',
    }),
    events: new Tally(meter, 'tenure.events', { description: 'Events, by name.', unit: '{event}' }),
  };
}
