import { AttachRole, type Blocker, type Lease, TASK_LABEL, TASK_RUN_LABEL, type Waiter } from '@tenure/client';
import { type HolderFacts, type RunEnd, skipped } from './run_end.js';

/** A heavy run of this orchestrator that has its lease, or waits for it. */
export interface OwnRun {
  readonly task: string;
  readonly resources: readonly string[];
}

/**
 * What a held lease means for the run that wanted it: backpressure where this
 * very orchestrator is in the way, else that somebody else has it.
 *
 * @param own the heavy runs of this orchestrator, by their ids.
 * @param ownPid the process id of this orchestrator.
 */
export function deferralOf(blockers: readonly Blocker[], own: ReadonlyMap<string, OwnRun>, ownPid: number): RunEnd {
  for (const blocker of blockers) {
    const mine = ownRunOf(blocker, own, ownPid);
    if (mine !== undefined) {
      const [blockingRunId, { task }] = mine;
      return skipped('backpressure', 'schedule', {
        blockingTask: task,
        blockingRunId,
        ...waitOf(blocker, task, blockers),
      });
    }
  }
  const [first] = blockers;
  if (first === undefined) return skipped('lease-held', 'lease');
  const holder = holderOf(first);
  return skipped('lease-held', 'lease', {
    ...(holder === undefined ? {} : { holder }),
    ...taskOf(first),
  });
}

/** Of a run that only waits before this one: who keeps both waiting. */
function waitOf({ blocker }: Blocker, task: string, blockers: readonly Blocker[]): Partial<RunEnd> {
  if (blocker?.$case !== 'waiter') return {};
  const lease = blockers.find((one) => one.blocker?.$case === 'lease');
  const holder = lease === undefined ? undefined : holderOf(lease);
  return { error: `${task} waits before it`, ...(holder === undefined ? {} : { holder }) };
}

function ownRunOf(
  { blocker }: Blocker,
  own: ReadonlyMap<string, OwnRun>,
  ownPid: number,
): readonly [string, OwnRun] | undefined {
  switch (blocker?.$case) {
    case 'lease': {
      const runId = blocker.value.metadata.get(TASK_RUN_LABEL) ?? '';
      const run = own.get(runId);
      return run === undefined ? undefined : [runId, run];
    }
    case 'waiter': {
      const { holder, resource } = blocker.value;
      return holder?.pid === ownPid ? [...own].find(([, run]) => run.resources.includes(resource)) : undefined;
    }
    case undefined:
      return undefined;
  }
}

/** The task and run in whose name the blocker holds, where an orchestrator does. */
function taskOf({ blocker }: Blocker): Partial<RunEnd> {
  if (blocker?.$case !== 'lease') return {};
  const blockingTask = blocker.value.metadata.get(TASK_LABEL);
  const blockingRunId = blocker.value.metadata.get(TASK_RUN_LABEL);
  return {
    ...(blockingTask === undefined ? {} : { blockingTask }),
    ...(blockingRunId === undefined ? {} : { blockingRunId }),
  };
}

/** Who is in the way. */
export function holderOf({ blocker }: Blocker): HolderFacts | undefined {
  switch (blocker?.$case) {
    case 'lease':
      return holderOfLease(blocker.value);
    case 'waiter':
      return holderOfWaiter(blocker.value);
    case undefined:
      return undefined;
  }
}

function holderOfLease({ leaseId, resource, holder, attached, clientId, reason, metadata }: Lease): HolderFacts {
  const isHolderLeft = attached.some(({ pid }) => pid === holder?.pid);
  const command = attached.find(({ role }) => role === AttachRole.COMMAND);
  const living = command ?? (isHolderLeft ? undefined : attached[0]);
  const task = metadata.get(TASK_LABEL);
  const program = living?.command ?? lastPart(holder?.script || holder?.executable || '');
  const description = task === undefined ? program : `task ${task}`;
  return { leaseId, resource, pid: living?.pid ?? holder?.pid ?? 0, description, clientId, reason };
}

function holderOfWaiter({ resource, holder, clientId, reason }: Waiter): HolderFacts {
  const description = `waiter ${lastPart(holder?.script || holder?.executable || '')}`.trim();
  return { leaseId: '', resource, pid: holder?.pid ?? 0, description, clientId, reason };
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
