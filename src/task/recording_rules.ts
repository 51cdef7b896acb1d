import { hasEnded, type TaskRunRecord } from './run_record.js';

/** The reason of a run that nobody is left to tell the end of. */
const UNKNOWN = 'outcome-unknown';

/**
 * A run after its recorder has told of it; undefined where that changes
 * nothing: what has ended stays, unless the daemon itself had to guess its end.
 */
export function afterRecord(before: TaskRunRecord | undefined, told: TaskRunRecord): TaskRunRecord | undefined {
  if (before === undefined) return told;
  if (hasEnded(before) && !(before.guessed && hasEnded(told))) return undefined;
  // What a run was started by, and in what, does not change; who leaves it out means what was there.
  return {
    ...told,
    orchestratorId: told.orchestratorId || before.orchestratorId,
    parentRunId: told.parentRunId || before.parentRunId,
    trigger: told.trigger.kind === 'unknown' ? before.trigger : told.trigger,
    startWallMs: Math.min(told.startWallMs, before.startWallMs),
    workWallMs: told.workWallMs ?? before.workWallMs,
    outputPath: told.outputPath || before.outputPath,
  };
}

/** The run among those that a task was last skipped by in which another skip of the same cause is counted. */
export function countedIn(skips: readonly TaskRunRecord[], told: TaskRunRecord): TaskRunRecord | undefined {
  // Who asked for a run is told of that run.
  if (told.status !== 'skipped' || told.trigger.kind === 'manual') return undefined;
  return skips.findLast(
    (skip) => skip.runId !== told.runId && skip.trigger.kind !== 'manual' && causeOf(skip) === causeOf(told),
  );
}

/** One more skip for the same cause; undefined where it is counted already. */
export function counted(skip: TaskRunRecord, told: TaskRunRecord): TaskRunRecord | undefined {
  if (skip.countedRunId === told.runId) return undefined;
  const { endWallMs, error, phase, holder } = told;
  return { ...skip, endWallMs, error, phase, holder, count: skip.count + 1, countedRunId: told.runId };
}

function causeOf({ orchestratorId, reasonCode, blockingTask, holder, uid }: TaskRunRecord): string {
  return JSON.stringify([uid, orchestratorId, reasonCode, blockingTask, holder?.leaseId, holder?.resource]);
}

/** The end of a run whose processes are gone without a word. */
export function unknownEnd(run: TaskRunRecord, wallMs: number): TaskRunRecord {
  return {
    ...run,
    status: 'failed',
    reasonCode: UNKNOWN,
    error: 'its processes are gone, and nobody told how it ended',
    endWallMs: Math.max(wallMs, run.startWallMs),
    guessed: true,
  };
}
