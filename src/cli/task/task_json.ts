import {
  type Task,
  type TaskDefinition,
  type TaskEvent,
  TaskEventType,
  type TaskHolder,
  TaskKind,
  type TaskProcess,
  type TaskRun,
  TaskRunStatus,
  type TaskTrigger,
  TaskTriggerKind,
} from '@tenure/client';
import { durationJson, enumWord, optional, timestampJson } from '../json_values.js';
import type { Json } from '../lease/lease_json.js';

export function taskJson(task: Task): Json {
  return {
    name: task.name,
    ...optional('definition', task.definition, definitionJson),
    orchestrators: task.orchestrators.map(({ orchestratorId, process, description, connectTime }) => ({
      orchestratorId,
      ...optional('process', process, processJson),
      description,
      ...optional('connectTime', connectTime, timestampJson),
    })),
    running: task.running.map(runJson),
    ...optional('lastRun', task.lastRun, runJson),
    ...optional('lastSuccessTime', task.lastSuccessTime, timestampJson),
    ...optional('lastFailureTime', task.lastFailureTime, timestampJson),
    ...optional('nextRunTime', task.nextRunTime, timestampJson),
    ...optional('deferredSince', task.deferredSince, timestampJson),
    starved: task.starved,
  };
}

export function runJson(run: TaskRun): Json {
  return {
    runId: run.runId,
    task: run.task,
    ...texts({ orchestratorId: run.orchestratorId, parentRunId: run.parentRunId }),
    status: enumWord(TaskRunStatus, run.status),
    ...texts({ reasonCode: run.reasonCode, phase: run.phase, error: run.error }),
    ...optional('exitCode', run.exitCode, (code) => code),
    ...(run.signal === 0 ? {} : { signal: run.signal }),
    ...optional('startTime', run.startTime, timestampJson),
    ...optional('workTime', run.workTime, timestampJson),
    ...optional('endTime', run.endTime, timestampJson),
    ...optional('process', run.process, processJson),
    ...texts({ outputPath: run.outputPath }),
    resources: run.resources,
    leaseIds: run.leaseIds,
    ...optional('holder', run.holder, holderJson),
    ...texts({ blockingTask: run.blockingTask, blockingRunId: run.blockingRunId }),
    ...optional('trigger', run.trigger, triggerJson),
    attempt: run.attempt,
    count: run.count,
    ...optional('recorder', run.recorder, processJson),
  };
}

export function taskEventJson(event: TaskEvent): Json {
  return {
    type: enumWord(TaskEventType, event.type),
    revision: event.revision.toString(),
    ...optional('task', event.task, taskJson),
    ...optional('run', event.run, runJson),
  };
}

function definitionJson(definition: TaskDefinition): Json {
  return {
    kind: enumWord(TaskKind, definition.kind),
    schedule: definition.schedule,
    resources: definition.resources,
    priority: definition.priority,
    enabled: definition.enabled,
    ...optional('starveAfter', definition.starveAfter, durationJson),
    ...optional('nextRunTime', definition.nextRunTime, timestampJson),
    ...texts({ description: definition.description }),
  };
}

function holderJson({ leaseId, resource, pid, description, clientId, reason }: TaskHolder): Json {
  return { ...texts({ leaseId }), resource, pid, ...texts({ description, clientId, reason }) };
}

function triggerJson({ kind, triggerId, afterRunId, afterTask }: TaskTrigger): Json {
  return { kind: enumWord(TaskTriggerKind, kind), ...texts({ triggerId, afterRunId, afterTask }) };
}

function processJson({ pid, startTicks }: TaskProcess): Json {
  return { pid, startTicks: startTicks.toString() };
}

/** Texts that say nothing are left out. */
function texts(fields: Readonly<Record<string, string>>): Json {
  return Object.fromEntries(Object.entries(fields).filter(([, text]) => text !== ''));
}
