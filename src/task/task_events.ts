import type { Actor } from '../rpc/actor.js';
import type { TenureEvent } from '../telemetry/events.js';
import type { Deferral } from './deferral_rules.js';
import type { TaskRunRecord } from './run_record.js';

/** A run's step as the operator's events tell it; undefined where it is none of theirs. */
export function runEvent(
  before: TaskRunRecord | undefined,
  run: TaskRunRecord,
  actor: Actor | undefined,
): TenureEvent | undefined {
  if (before?.status === run.status && before.attempt === run.attempt && before.guessed === run.guessed) {
    return undefined;
  }
  switch (run.status) {
    case 'waiting':
      return undefined;
    case 'running':
      return eventOf('task.started', 'debug', true, run, actor);
    case 'completed':
      return eventOf('task.completed', 'info', true, run, actor);
    case 'degraded':
      return eventOf('task.degraded', 'warn', true, run, actor);
    case 'failed':
      return eventOf('task.failed', 'warn', false, run, actor);
    case 'skipped':
      return eventOf('task.skipped', 'info', true, run, actor);
  }
}

export function starvedEvent(task: string, { sinceWallMs, run }: Deferral): TenureEvent {
  const { holder, reasonCode, blockingTask } = run;
  const metadata = {
    task,
    since: new Date(sinceWallMs).toISOString(),
    ...present({ reason: reasonCode, blockingTask, resource: holder?.resource, leaseId: holder?.leaseId }),
    ...(holder === undefined ? {} : { holderPid: holder.pid }),
  };
  return { action: 'task.starved', level: 'warn', success: false, metadata };
}

export function triggeredEvent(task: string, triggerId: string, reason: string, actor: Actor): TenureEvent {
  const metadata = { task, triggerId, ...present({ reason }) };
  return { action: 'task.triggered', level: 'info', success: true, actor, metadata };
}

export function forgottenEvent(task: string, actor: Actor | undefined): TenureEvent {
  const by = actor === undefined ? {} : { actor };
  return { action: 'task.forgotten', level: 'info', success: true, ...by, metadata: { task } };
}

function eventOf(
  action: string,
  level: TenureEvent['level'],
  success: boolean,
  run: TaskRunRecord,
  actor: Actor | undefined,
): TenureEvent {
  const { task, runId, reasonCode, phase, blockingTask, holder, exitCode, signal, orchestratorId } = run;
  const metadata = {
    task,
    runId,
    // Its error is text of the task's own, which may say more than an event should.
    ...present({ reason: reasonCode, phase, blockingTask, orchestratorId }),
    ...present({ resource: holder?.resource, leaseId: holder?.leaseId }),
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(signal === 0 ? {} : { signal }),
  };
  return { action, level, success, ...(actor === undefined ? {} : { actor }), metadata };
}

function present(texts: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''),
  );
}
