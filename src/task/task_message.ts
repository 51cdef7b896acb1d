import type { Timestamp } from '@tenure/client/gen/google/protobuf/timestamp';
import {
  type Task,
  type TaskDefinition,
  TaskKind,
  type TaskProcess,
  type TaskRun,
  TaskRunStatus,
  TaskTriggerKind,
} from '@tenure/client/gen/tenure/task/v1/task';
import type { ProcessIdentity } from '../os/process_identity.js';
import { durationOfMs, timestampOfMs } from '../rpc/durations.js';
import type { RunStatus, TaskDefinitionRecord, TaskKindWord, TaskRunRecord, TriggerKind } from './run_record.js';
import type { TaskView } from './task_view_rules.js';

const STATUSES: Readonly<Record<RunStatus, TaskRunStatus>> = {
  waiting: TaskRunStatus.WAITING,
  running: TaskRunStatus.RUNNING,
  completed: TaskRunStatus.COMPLETED,
  failed: TaskRunStatus.FAILED,
  skipped: TaskRunStatus.SKIPPED,
  degraded: TaskRunStatus.DEGRADED,
};

const TRIGGERS: Readonly<Record<TriggerKind, TaskTriggerKind>> = {
  unknown: TaskTriggerKind.UNSPECIFIED,
  schedule: TaskTriggerKind.SCHEDULE,
  manual: TaskTriggerKind.MANUAL,
  after: TaskTriggerKind.AFTER,
  service: TaskTriggerKind.SERVICE,
  command: TaskTriggerKind.COMMAND,
};

const KINDS: Readonly<Record<TaskKindWord, TaskKind>> = {
  unknown: TaskKind.UNSPECIFIED,
  heavy: TaskKind.HEAVY,
  light: TaskKind.LIGHT,
  service: TaskKind.SERVICE,
};

export function runMessage(run: TaskRunRecord): TaskRun {
  const { status, startWallMs, workWallMs, endWallMs, process, recorder, trigger, holder } = run;
  return {
    runId: run.runId,
    task: run.task,
    orchestratorId: run.orchestratorId,
    parentRunId: run.parentRunId,
    status: STATUSES[status],
    reasonCode: run.reasonCode,
    phase: run.phase,
    error: run.error,
    exitCode: run.exitCode,
    signal: run.signal,
    startTime: timestampOfMs(startWallMs),
    workTime: timeOf(workWallMs),
    outputPath: run.outputPath,
    endTime: timeOf(endWallMs),
    process: process && processMessage(process),
    resources: [...run.resources],
    leaseIds: [...run.leaseIds],
    holder: holder && { ...holder },
    blockingTask: run.blockingTask,
    blockingRunId: run.blockingRunId,
    trigger: { ...trigger, kind: TRIGGERS[trigger.kind] },
    attempt: run.attempt,
    count: run.count,
    recorder: recorder && processMessage(recorder),
  };
}

export function taskMessage(view: TaskView): Task {
  return {
    name: view.name,
    definition: view.definition && definitionMessage(view.definition),
    orchestrators: view.orchestrators.map(({ orchestratorId, process, description, connectWallMs }) => ({
      orchestratorId,
      process: process && processMessage(process),
      description,
      connectTime: timestampOfMs(connectWallMs),
    })),
    running: view.running.map(runMessage),
    lastRun: view.lastRun && runMessage(view.lastRun),
    lastSuccessTime: timeOf(view.lastSuccessWallMs),
    lastFailureTime: timeOf(view.lastFailureWallMs),
    nextRunTime: timeOf(view.nextRunWallMs),
    deferredSince: timeOf(view.deferredSinceWallMs),
    starved: view.starved,
  };
}

function definitionMessage(definition: TaskDefinitionRecord): TaskDefinition {
  const { name, kind, schedule, resources, priority, enabled, starveAfterMs, nextRunWallMs, description } = definition;
  return {
    name,
    kind: KINDS[kind],
    schedule,
    resources: [...resources],
    priority,
    enabled,
    starveAfter: starveAfterMs === undefined ? undefined : durationOfMs(starveAfterMs),
    nextRunTime: timeOf(nextRunWallMs),
    description,
  };
}

function processMessage({ pid, startTicks }: ProcessIdentity): TaskProcess {
  return { pid, startTicks: BigInt(startTicks) };
}

function timeOf(wallMs: number | undefined): Timestamp | undefined {
  return wallMs === undefined ? undefined : timestampOfMs(wallMs);
}
