import type { ProcessIdentity } from '../os/process_identity.js';

/** Where a run is in its life; see tenure/task/v1/task.proto. */
export const RUN_STATUSES = ['waiting', 'running', 'completed', 'failed', 'skipped', 'degraded'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

export const TRIGGER_KINDS = ['unknown', 'schedule', 'manual', 'after', 'service', 'command'] as const;
export type TriggerKind = (typeof TRIGGER_KINDS)[number];

export const TASK_KINDS = ['unknown', 'heavy', 'light', 'service'] as const;
export type TaskKindWord = (typeof TASK_KINDS)[number];

/** Who had the lease that a run wanted. Texts are empty, and the pid 0, where they are not known. */
export interface RunHolder {
  readonly leaseId: string;
  readonly resource: string;
  readonly pid: number;
  readonly description: string;
  readonly clientId: string;
  readonly reason: string;
}

export interface RunTrigger {
  readonly kind: TriggerKind;
  readonly triggerId: string;
  readonly afterRunId: string;
  readonly afterTask: string;
}

/** A run as it is kept. Never changed in place. Texts are empty where there is nothing to say. */
export interface TaskRunRecord {
  readonly runId: string;
  readonly task: string;
  readonly orchestratorId: string;
  readonly parentRunId: string;
  readonly status: RunStatus;
  readonly reasonCode: string;
  readonly phase: string;
  readonly error: string;
  readonly exitCode: number | undefined;
  /** 0: none. */
  readonly signal: number;
  readonly startWallMs: number;
  /** When its work began; undefined while it has only waited, or nobody said. */
  readonly workWallMs: number | undefined;
  /** The file that its output goes to. */
  readonly outputPath: string;
  /** Undefined while it has not ended. */
  readonly endWallMs: number | undefined;
  readonly process: ProcessIdentity | undefined;
  /** Undefined where it lives in another pid namespace. */
  readonly recorder: ProcessIdentity | undefined;
  /** The boot in which these processes are what their numbers say. */
  readonly bootId: string;
  /** Whose run it is. */
  readonly uid: number;
  readonly resources: readonly string[];
  readonly leaseIds: readonly string[];
  readonly holder: RunHolder | undefined;
  readonly blockingTask: string;
  readonly blockingRunId: string;
  readonly trigger: RunTrigger;
  readonly attempt: number;
  /** How often it was skipped for the same cause; 1 for all others. */
  readonly count: number;
  /** The run that was counted here last, so that a record that comes twice counts once. */
  readonly countedRunId: string;
  /** The daemon ended it, for nobody was left to say how it did: a later word still counts. */
  readonly guessed: boolean;
}

export interface TaskDefinitionRecord {
  readonly name: string;
  readonly kind: TaskKindWord;
  readonly schedule: string;
  readonly resources: readonly string[];
  readonly priority: number;
  readonly enabled: boolean;
  /** Undefined: as configured. 0: never. */
  readonly starveAfterMs: number | undefined;
  /** Undefined: by no schedule. */
  readonly nextRunWallMs: number | undefined;
  readonly description: string;
}

/** All that one orchestrator has declared. */
export interface Declaration {
  readonly orchestratorId: string;
  readonly uid: number;
  readonly wallMs: number;
  readonly tasks: readonly TaskDefinitionRecord[];
}

export function hasEnded({ status }: Pick<TaskRunRecord, 'status'>): boolean {
  return status !== 'waiting' && status !== 'running';
}

export function isSuccess({ status }: Pick<TaskRunRecord, 'status'>): boolean {
  return status === 'completed' || status === 'degraded';
}
