import type { TaskRunRecord } from './run_record.js';

/** A task that is kept from running. */
export interface Deferral {
  readonly sinceWallMs: number;
  /** The newest run that was. */
  readonly run: TaskRunRecord;
}

/**
 * What a run says of its task: that it ran, that it was kept from running, or
 * neither; or that one which was asked for did not run, as whoever asked knows.
 */
export function verdictOf(run: TaskRunRecord): 'ran' | 'deferred' | 'neither' | 'refused' {
  const { status, reasonCode } = run;
  switch (status) {
    case 'running':
    case 'completed':
    case 'degraded':
      return 'ran';
    case 'failed':
      // One that could not ask for its lease has not run, nor was it kept from it by anybody.
      return reasonCode === 'lease-acquire-error' || reasonCode === 'shutdown' ? 'neither' : 'ran';
    case 'waiting':
      // For its next attempt, or for its own run before.
      return reasonCode === 'retry' || reasonCode === 'overlap' ? 'neither' : 'deferred';
    case 'skipped':
      // The run before still works, or its orchestrator ends: nobody is in the way.
      if (reasonCode === 'overlap' || reasonCode === 'shutdown') return 'neither';
      return isAskedFor(run) ? 'refused' : 'deferred';
  }
}

/** By a trigger, or by `--once`. A script of no orchestrator is started again and again, by cron. */
function isAskedFor({ trigger, orchestratorId }: TaskRunRecord): boolean {
  return trigger.kind === 'manual' || (trigger.kind === 'command' && orchestratorId !== '');
}

/** A task's deferral after one of its runs was recorded. */
export function deferralAfter(before: Deferral | undefined, run: TaskRunRecord): Deferral | undefined {
  switch (verdictOf(run)) {
    case 'ran':
      return undefined;
    case 'neither':
      return before;
    case 'refused':
      // Its own wait is over; what its task's schedule was kept from goes on.
      return before?.run.runId === run.runId && before.sinceWallMs === run.startWallMs ? undefined : before;
    case 'deferred':
      return { sinceWallMs: Math.min(before?.sinceWallMs ?? Number.POSITIVE_INFINITY, run.startWallMs), run };
  }
}

/** When a deferral becomes starvation; undefined: never. */
export function starvesAt({ sinceWallMs }: Deferral, starveAfterMs: number): number | undefined {
  return starveAfterMs === 0 ? undefined : sinceWallMs + starveAfterMs;
}
