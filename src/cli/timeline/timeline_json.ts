import type { Hold, Run, Timeline, Wait } from './timeline.js';

function time(ms: number): string {
  return new Date(ms).toISOString();
}

function span({ startMs, endMs }: { readonly startMs: number; readonly endMs: number }): object {
  return { startTime: time(startMs), endTime: time(endMs), milliseconds: endMs - startMs };
}

export function timelineJson({ fromMs, toMs, holds, waits, runs, marks, notes }: Timeline): object {
  return {
    from: time(fromMs),
    to: time(toMs),
    leases: holds.map(holdJson),
    waits: waits.map(waitJson),
    sessions: runs.filter(({ kind }) => kind === 'session').map(runJson),
    taskRuns: runs.filter(({ kind }) => kind === 'task').map(runJson),
    daemon: marks.map(({ atMs, text }) => ({ time: time(atMs), text })),
    notes,
  };
}

function holdJson(hold: Hold): object {
  const { resource, leaseId, clientId, who, mode, purpose, endMs, drainedMs, end, waitedMs } = hold;
  const drained = drainedMs > endMs ? { drainedTime: time(drainedMs) } : {};
  return {
    resource,
    leaseId,
    clientId,
    holder: who,
    mode,
    reason: purpose,
    ...span(hold),
    ...drained,
    end,
    waitedMilliseconds: waitedMs,
  };
}

function waitJson(wait: Wait): object {
  const { resource, who, clientId, outcome, waitedFor } = wait;
  const blockers = waitedFor.map(({ leaseId, who: holder, ms }) => ({ leaseId, holder, milliseconds: ms }));
  return { resource, waiter: who, clientId, ...span(wait), outcome, waitedFor: blockers };
}

function runJson(run: Run): object {
  const { id, name, about, outcome, tone } = run;
  return { id, name, about, ...span(run), outcome, isRunning: tone === 'going' };
}
