import type { EventSink } from '../telemetry/events.js';
import type { Instruments } from './instruments.js';

/** The lease events that are the end of one. */
const LEASE_ENDS: Readonly<Record<string, string>> = {
  'lease.released': 'released',
  'lease.revoked': 'revoked',
  'lease.replaced': 'replaced',
  'lease.expired': 'expired',
  'lease.lost': 'lost',
};

/** The task events that are the end of a run. */
const TASK_ENDS: Readonly<Record<string, string>> = {
  'task.completed': 'completed',
  'task.degraded': 'degraded',
  'task.failed': 'failed',
  'task.skipped': 'skipped',
};

/** Counts events, and what they tell of leases and sessions that ended. */
export function createEventCounts({ events, leaseEnds, taskEnds, sessionEnds, sessionTime }: Instruments): EventSink {
  return {
    emit({ action, success, metadata }) {
      events.add(success ? action : `${action} failed`, () => ({ name: action, success }));
      const end = LEASE_ENDS[action];
      if (end !== undefined) leaseEnds.add(end, () => ({ end }));
      const status = TASK_ENDS[action];
      if (status !== undefined) taskEnds.add(status, () => ({ status }));
      if (action !== 'session.ended') return;
      const { adapter = '', outcome = '', durationMs } = metadata;
      sessionEnds.add(1, { adapter, outcome });
      if (typeof durationMs === 'number') sessionTime.record(durationMs / 1_000, { adapter, outcome });
    },
  };
}
