import { constants } from 'node:os';
import {
  currentTaskRun,
  newTaskRunId,
  type TaskRunFields,
  TaskRunStatus,
  type TaskTriggerKind,
  timestampFromDate,
} from '@tenure/client';
import type { Clock } from '../clock.js';
import type { TaskSpec } from '../config/task_spec.js';
import type { Recorder } from '../daemon_link/recorder.js';
import type { Tell } from '../news/news.js';
import type { HandingOn } from './handing_on.js';
import { type ProcessName, processName } from './process_name.js';
import type { HolderFacts, RunEnd } from './run_end.js';
import { printedPath, recordedPath, type TaskOutputs } from './task_outputs.js';

/** What a run was started by. */
export interface Trigger {
  readonly kind: TaskTriggerKind;
  readonly triggerId?: string;
  readonly afterTask?: string;
  readonly afterRunId?: string;
}

/** What all runs of an orchestrator tell to. */
export interface RunRoom {
  readonly orchestratorId: string;
  readonly clock: Clock;
  readonly recorder: Recorder;
  readonly tell: Tell;
  readonly outputs: TaskOutputs;
  readonly handingOn: HandingOn;
  /** The orchestrator's own environment. */
  readonly environment: NodeJS.ProcessEnv;
  /** When the task is due next. */
  nextDue(task: string): number | undefined;
}

export interface RunStart {
  /** Of a run that an orchestrator before this one began. */
  readonly runId?: string;
  readonly startedAt?: number;
  readonly onProcess?: (process: ProcessName) => void;
}

const ENDED = {
  completed: TaskRunStatus.COMPLETED,
  failed: TaskRunStatus.FAILED,
  skipped: TaskRunStatus.SKIPPED,
  degraded: TaskRunStatus.DEGRADED,
} as const;

/** One run of a task, and what is told of it. */
export class TaskRun {
  readonly runId: string;
  readonly spec: TaskSpec;
  readonly trigger: Trigger;
  readonly startedAt: number;
  attempt = 1;
  readonly #room: RunRoom;
  /** When it first began to work; undefined while it has only waited, and of one that was adopted. */
  #workedFrom: number | undefined;
  #wait: string | undefined;
  #leaseIds: readonly string[] = [];
  #process: ProcessName | undefined;
  /** The file that its command's output goes to; undefined while it has none. */
  #outputPath: string | undefined;
  readonly #onProcess: (process: ProcessName) => void;

  constructor(room: RunRoom, spec: TaskSpec, trigger: Trigger, how: RunStart = {}) {
    this.#room = room;
    this.spec = spec;
    this.#wait = spec.lease === undefined ? undefined : 'for its lease';
    this.trigger = trigger;
    this.runId = how.runId ?? newTaskRunId();
    this.startedAt = how.startedAt ?? room.clock.now();
    this.#onProcess = how.onProcess ?? (() => undefined);
  }

  /** What it waits for, in words: `for its lease`; undefined while it works. */
  get wait(): string | undefined {
    return this.#wait;
  }

  /** It waits for the end of a run of its own task. */
  queued(blockingRunId: string | undefined): void {
    this.#record(TaskRunStatus.WAITING, { reasonCode: 'overlap', phase: 'schedule', blockingRunId });
  }

  /** It waits for its lease. */
  waiting(holder: HolderFacts | undefined): void {
    const why = holder === undefined ? 'for its lease' : `for ${holder.resource}, held by ${describeHolder(holder)}`;
    this.#wait = why;
    this.#record(TaskRunStatus.WAITING, { reasonCode: 'lease-held', phase: 'lease', holder });
    this.#room.tell({ kind: 'waiting', task: this.spec.name, runId: this.runId, why, holder });
  }

  /** It works: under these leases, as this process. */
  running({ leaseIds = [], pid }: { readonly leaseIds?: readonly string[]; readonly pid?: number }): void {
    this.#workedFrom ??= this.#room.clock.now();
    if (this.spec.lease !== undefined) this.#room.handingOn.begins(this.runId, this.spec.lease.resources);
    this.#works(leaseIds, pid);
    this.#room.tell({ kind: 'started', task: this.spec.name, runId: this.runId, pid });
  }

  /** It works since an orchestrator before this one. */
  adopted(pid: number): void {
    this.#works([], pid);
    this.#room.tell({ kind: 'adopted', task: this.spec.name, runId: this.runId, pid });
  }

  #works(leaseIds: readonly string[], pid: number | undefined): void {
    this.#wait = undefined;
    this.#leaseIds = leaseIds;
    this.#process = pid === undefined ? undefined : processName(pid);
    if (this.#process !== undefined) this.#onProcess(this.#process);
    if (this.spec.work.kind === 'command') this.#outputPath = recordedPath(this.#room.outputs, this.spec.name);
    this.#record(TaskRunStatus.RUNNING, {});
  }

  /** The work of a heavy one is over; what became of it will be told. */
  leaves(): void {
    this.#room.handingOn.leaves(this.runId);
  }

  /** It waits for its next attempt. */
  retrying(failure: RunEnd, inMs: number): void {
    const error = failure.error ?? failure.reasonCode;
    this.#process = undefined;
    this.#wait = 'for its next attempt';
    this.#record(TaskRunStatus.WAITING, { reasonCode: 'retry', phase: failure.phase, error });
    this.#room.tell({ kind: 'retrying', task: this.spec.name, runId: this.runId, inMs, error });
    this.#room.handingOn.told(this.runId);
  }

  ended(end: RunEnd): void {
    this.#process = undefined;
    const { status, reasonCode, phase, error, exitCode, signal, holder, blockingTask, blockingRunId } = end;
    // The clock may have been set back; a run that ends before it begins would be refused.
    const endedAt = Math.max(this.startedAt, this.#room.clock.now());
    const output = this.#outputOf(end);
    // That of a hook, where the work itself has none.
    this.#outputPath ??= output;
    this.#record(ENDED[status], {
      reasonCode,
      phase,
      error: error === undefined ? '' : cut(error),
      exitCode,
      signal: signal === undefined ? 0 : constants.signals[signal],
      holder,
      blockingTask,
      blockingRunId,
      endTime: timestampFromDate(new Date(endedAt)),
    });
    const tookMs = Math.max(0, endedAt - (this.#workedFrom ?? this.startedAt));
    this.#room.tell({ kind: 'ended', task: this.spec.name, runId: this.runId, end, tookMs, output });
    this.#room.handingOn.told(this.runId);
  }

  /** Where to look for why it failed. */
  #outputOf({ status, phase }: RunEnd): string | undefined {
    const isOfCommand = phase === 'child-process' || phase === 'watchdog-timeout' || phase === 'success-hook';
    if (!isOfCommand || (status !== 'failed' && status !== 'degraded')) return undefined;
    return printedPath(this.#room.outputs, this.spec.name);
  }

  #record(status: TaskRunStatus, facts: Omit<TaskRunFields, 'runId' | 'task'>): void {
    const { recorder, orchestratorId, environment } = this.#room;
    const due = this.#room.nextDue(this.spec.name);
    const { kind, triggerId, afterTask, afterRunId } = this.trigger;
    recorder.record({
      run: {
        ...facts,
        runId: this.runId,
        task: this.spec.name,
        orchestratorId,
        parentRunId: currentTaskRun(environment)?.runId,
        status,
        startTime: timestampFromDate(new Date(this.startedAt)),
        workTime: this.#workedFrom === undefined ? undefined : timestampFromDate(new Date(this.#workedFrom)),
        process: this.#process,
        outputPath: this.#outputPath,
        resources: this.spec.lease === undefined ? [] : [...this.spec.lease.resources],
        leaseIds: [...this.#leaseIds],
        trigger: { kind, triggerId, afterTask, afterRunId },
        attempt: this.attempt,
      },
      nextRunTime: due === undefined ? undefined : timestampFromDate(new Date(due)),
    });
  }
}

/** `pid 812 sync.sh: "a release is due"`. */
export function describeHolder({ pid, description, reason }: HolderFacts): string {
  const who = [pid === 0 ? '' : `pid ${pid}`, description].filter((part) => part !== '').join(' ') || 'somebody';
  // That of a task's lease is its description once more.
  return reason === '' || reason === description ? who : `${who}: "${reason}"`;
}

/** The contract takes 2,048 bytes of an error. */
function cut(error: string): string {
  return error.length <= 500 ? error : `${error.slice(0, 499)}…`;
}
