import type { Timestamp } from '@tenure/client/gen/google/protobuf/timestamp';
import {
  type TaskDefinition,
  type TaskHolder,
  TaskKind,
  type TaskProcess,
  type TaskRun,
  TaskRunStatus,
  type TaskTrigger,
  TaskTriggerKind,
} from '@tenure/client/gen/tenure/task/v1/task';
import { readStartTicks } from '../os/process_facts.js';
import type { ProcessIdentity } from '../os/process_identity.js';
import type { Peer } from '../rpc/context.js';
import { durationToMs } from '../rpc/durations.js';
import { checkText, invalid, readMoment } from '../rpc/request_checks.js';
import type {
  RunHolder,
  RunStatus,
  RunTrigger,
  TaskDefinitionRecord,
  TaskKindWord,
  TaskRunRecord,
  TriggerKind,
} from './run_record.js';

const TASK_NAME = /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/;
const RUN_ID = /^[A-Za-z0-9._-]{1,64}$/;
const MAX_WORD_BYTES = 64;
const MAX_NAME_BYTES = 256;
const MAX_RESOURCE_BYTES = 1_024;
const MAX_REASON_BYTES = 1_024;
/** PATH_MAX of Linux. */
const MAX_PATH_BYTES = 4_096;
const MAX_ERROR_CHARACTERS = 2_048;
const MAX_LIST = 64;
const MAX_PRIORITY = 100;

export function readTaskName(field: string, name: string): string {
  if (TASK_NAME.test(name)) return name;
  throw invalid(field, 'must be 1 to 128 letters, digits and . _ - : /, beginning with a letter or a digit');
}

export function readRunId(field: string, runId: string): string {
  if (RUN_ID.test(runId)) return runId;
  throw invalid(field, 'must be 1 to 64 letters, digits and . _ -');
}

/** A run as its recorder tells it, checked. */
export function readRun(run: TaskRun | undefined, peer: Peer, nowMs: number): TaskRunRecord {
  if (run === undefined) throw invalid('run', 'is not set');
  const status = readStatus(run.status);
  const endWallMs =
    status === 'waiting' || status === 'running' ? undefined : (readTime('run.end_time', run.endTime) ?? nowMs);
  const startWallMs = readTime('run.start_time', run.startTime) ?? endWallMs ?? nowMs;
  if (endWallMs !== undefined && endWallMs < startWallMs) throw invalid('run.end_time', 'is before start_time');
  return {
    runId: readRunId('run.run_id', run.runId),
    task: readTaskName('run.task', run.task),
    orchestratorId: textOf('run.orchestrator_id', run.orchestratorId, MAX_NAME_BYTES),
    parentRunId: run.parentRunId === '' ? '' : readRunId('run.parent_run_id', run.parentRunId),
    status,
    reasonCode: textOf('run.reason_code', run.reasonCode, MAX_WORD_BYTES),
    phase: textOf('run.phase', run.phase, MAX_WORD_BYTES),
    error: errorText(run.error),
    exitCode: run.exitCode,
    signal: run.signal,
    startWallMs,
    workWallMs: readTime('run.work_time', run.workTime),
    outputPath: textOf('run.output_path', run.outputPath, MAX_PATH_BYTES),
    endWallMs,
    process: readProcess(run.process, peer),
    recorder: peer.process,
    bootId: peer.bootId,
    uid: peer.uid,
    resources: listOf('run.resources', run.resources, MAX_RESOURCE_BYTES),
    leaseIds: listOf('run.lease_ids', run.leaseIds, MAX_WORD_BYTES),
    holder: run.holder && readHolder(run.holder),
    blockingTask: textOf('run.blocking_task', run.blockingTask, MAX_NAME_BYTES),
    blockingRunId: textOf('run.blocking_run_id', run.blockingRunId, MAX_WORD_BYTES),
    trigger: readTrigger(run.trigger),
    attempt: Math.max(1, run.attempt),
    count: 1,
    countedRunId: '',
    guessed: false,
  };
}

export function readDefinition(definition: TaskDefinition, index: number): TaskDefinitionRecord {
  const at = (field: string): string => `tasks[${index}].${field}`;
  const { starveAfter, priority } = definition;
  const starveAfterMs = starveAfter && durationToMs(starveAfter);
  if (starveAfter !== undefined && starveAfterMs === undefined) {
    throw invalid(at('starve_after'), 'must be from 0 s to 10 years');
  }
  if (Math.abs(priority) > MAX_PRIORITY) throw invalid(at('priority'), 'must be from -100 to 100');
  return {
    name: readTaskName(at('name'), definition.name),
    kind: readKind(definition.kind),
    schedule: textOf(at('schedule'), definition.schedule, MAX_NAME_BYTES),
    resources: listOf(at('resources'), definition.resources, MAX_RESOURCE_BYTES),
    priority,
    enabled: definition.enabled,
    starveAfterMs,
    nextRunWallMs: readTime(at('next_run_time'), definition.nextRunTime),
    description: textOf(at('description'), definition.description, MAX_NAME_BYTES),
  };
}

/** In whole milliseconds; undefined: not set. */
export function readTime(field: string, time: Timestamp | undefined): number | undefined {
  const ms = readMoment(field, time);
  return ms === undefined ? undefined : Math.floor(ms);
}

function readStatus(status: TaskRunStatus): RunStatus {
  switch (status) {
    case TaskRunStatus.WAITING:
      return 'waiting';
    case TaskRunStatus.RUNNING:
      return 'running';
    case TaskRunStatus.COMPLETED:
      return 'completed';
    case TaskRunStatus.FAILED:
      return 'failed';
    case TaskRunStatus.SKIPPED:
      return 'skipped';
    case TaskRunStatus.DEGRADED:
      return 'degraded';
    default:
      throw invalid('run.status', 'is not set, or newer than this daemon');
  }
}

function readKind(kind: TaskKind): TaskKindWord {
  switch (kind) {
    case TaskKind.HEAVY:
      return 'heavy';
    case TaskKind.LIGHT:
      return 'light';
    case TaskKind.SERVICE:
      return 'service';
    default:
      return 'unknown';
  }
}

function readTrigger(trigger: TaskTrigger | undefined): RunTrigger {
  return {
    kind: trigger === undefined ? 'unknown' : triggerKindOf(trigger.kind),
    triggerId: textOf('run.trigger.trigger_id', trigger?.triggerId ?? '', MAX_WORD_BYTES),
    afterRunId: textOf('run.trigger.after_run_id', trigger?.afterRunId ?? '', MAX_WORD_BYTES),
    afterTask: textOf('run.trigger.after_task', trigger?.afterTask ?? '', MAX_NAME_BYTES),
  };
}

function triggerKindOf(kind: TaskTriggerKind): TriggerKind {
  switch (kind) {
    case TaskTriggerKind.SCHEDULE:
      return 'schedule';
    case TaskTriggerKind.MANUAL:
      return 'manual';
    case TaskTriggerKind.AFTER:
      return 'after';
    case TaskTriggerKind.SERVICE:
      return 'service';
    case TaskTriggerKind.COMMAND:
      return 'command';
    default:
      return 'unknown';
  }
}

function readHolder(holder: TaskHolder): RunHolder {
  return {
    leaseId: textOf('run.holder.lease_id', holder.leaseId, MAX_WORD_BYTES),
    resource: textOf('run.holder.resource', holder.resource, MAX_RESOURCE_BYTES),
    pid: holder.pid,
    description: textOf('run.holder.description', holder.description, MAX_NAME_BYTES),
    clientId: textOf('run.holder.client_id', holder.clientId, MAX_NAME_BYTES),
    reason: textOf('run.holder.reason', holder.reason, MAX_REASON_BYTES),
  };
}

/** Undefined also for one that is gone, and for a number that means nothing here. */
function readProcess(process: TaskProcess | undefined, peer: Peer): ProcessIdentity | undefined {
  if (process === undefined || process.pid === 0 || peer.process === undefined) return undefined;
  const startTicks = process.startTicks === 0n ? readStartTicks(process.pid) : Number(process.startTicks);
  return startTicks === undefined ? undefined : { pid: process.pid, startTicks };
}

/** It is another program's words: what can't be shown is made visible, what is too long is cut. */
function errorText(error: string): string {
  const lines = error.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]+/gu, ' ').trim();
  return lines.length <= MAX_ERROR_CHARACTERS ? lines : `${lines.slice(0, MAX_ERROR_CHARACTERS - 1)}…`;
}

function textOf(field: string, text: string, maxBytes: number): string {
  checkText(field, text, maxBytes);
  return text;
}

function listOf(field: string, texts: readonly string[], maxBytes: number): readonly string[] {
  if (texts.length > MAX_LIST) throw invalid(field, `has more than ${MAX_LIST} entries`);
  for (const text of texts) checkText(field, text, maxBytes);
  return texts;
}
