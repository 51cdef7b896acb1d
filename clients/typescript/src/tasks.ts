import type { CallOptions, Fields } from './call_options.js';
import type { TaskDefinition, TaskHolder, TaskProcess, TaskRun, TaskTrigger } from './gen/tenure/task/v1/task.js';
import type {
  DeclareTasksResponse,
  ForgetTasksRequest,
  ForgetTasksResponse,
  GetTaskRequest,
  GetTaskResponse,
  GetTaskRunRequest,
  GetTaskRunResponse,
  ListTaskRunsRequest,
  ListTaskRunsResponse,
  ListTasksRequest,
  ListTasksResponse,
  RecordTaskOutcomeRequest,
  RecordTaskOutcomeResponse,
  TaskRunFilter,
  TriggerTaskRequest,
  TriggerTaskResponse,
  WaitTaskRunRequest,
  WaitTaskRunResponse,
} from './gen/tenure/task/v1/task_service.js';

/** A run as its recorder knows it, in the contract's own terms. */
export type TaskRunFields = Fields<Omit<TaskRun, 'process' | 'holder' | 'trigger' | 'count' | 'recorder'>> & {
  readonly process?: Fields<TaskProcess> | undefined;
  readonly holder?: Fields<TaskHolder> | undefined;
  readonly trigger?: Fields<TaskTrigger> | undefined;
};

/** A record, in the contract's own terms. */
export type RecordTaskOutcomeFields = Fields<Omit<RecordTaskOutcomeRequest, 'run'>> & { readonly run: TaskRunFields };

/** What an orchestrator declares, in the contract's own terms. */
export interface DeclareTasksFields {
  readonly orchestratorId: string;
  /** All of its tasks. */
  readonly tasks: readonly Fields<TaskDefinition>[];
}

/** A list request, in the contract's own terms. */
export type ListTaskRunsFields = Fields<Omit<ListTaskRunsRequest, 'filter'>> & {
  readonly filter?: Fields<TaskRunFilter> | undefined;
};

/**
 * The contract's calls for tasks. They are repeated by themselves when a
 * connection breaks; none of them is the worse for it. To follow tasks, see
 * `Client.watchTasks`, to be triggered `Client.watchTriggers`.
 */
export interface Tasks {
  /** The run's id is the caller's to make: `newTaskRunId()`. */
  recordTaskOutcome(request: RecordTaskOutcomeFields, options?: CallOptions): Promise<RecordTaskOutcomeResponse>;
  declareTasks(request: DeclareTasksFields, options?: CallOptions): Promise<DeclareTasksResponse>;
  listTasks(request?: Fields<ListTasksRequest>, options?: CallOptions): Promise<ListTasksResponse>;
  getTask(request: Fields<GetTaskRequest>, options?: CallOptions): Promise<GetTaskResponse>;
  listTaskRuns(request?: ListTaskRunsFields, options?: CallOptions): Promise<ListTaskRunsResponse>;
  getTaskRun(request: Fields<GetTaskRunRequest>, options?: CallOptions): Promise<GetTaskRunResponse>;
  /** Waits as `Sessions.waitSession` does: over restarts of the daemon, too. */
  waitTaskRun(request: Fields<WaitTaskRunRequest>, options?: CallOptions): Promise<WaitTaskRunResponse>;
  forgetTasks(request: Fields<ForgetTasksRequest>, options?: CallOptions): Promise<ForgetTasksResponse>;
  /** A request id is made where none is given. That nobody takes the trigger is an answer. */
  triggerTask(request: Fields<TriggerTaskRequest>, options?: CallOptions): Promise<TriggerTaskResponse>;
}

/** How to watch tasks. */
export interface WatchTasksOptions {
  /** Names of tasks. Default: all. */
  readonly tasks?: readonly string[] | undefined;
  /** Only what came after this revision. Default: first a snapshot. */
  readonly afterRevision?: bigint | undefined;
  /** Ends the watch in order, without an error. */
  readonly signal?: AbortSignal | undefined;
  /** Told before the events of each snapshot, the first one too: forget what you know. */
  readonly onSnapshot?: (() => void) | undefined;
  /** Told when the connection broke, before it is tried again. */
  readonly onBreak?: ((error: Error) => void) | undefined;
}

/** Who listens for triggers. */
export interface WatchTriggersOptions {
  /** Survives restarts of the orchestrator: 1 to 128 bytes. */
  readonly orchestratorId: string;
  /** What it is, for people. */
  readonly description?: string | undefined;
  /** All of its tasks as they are now: declared whenever the connection is made. Default: nothing is declared. */
  readonly tasks?: (() => readonly Fields<TaskDefinition>[]) | undefined;
  /** Told when the daemon has it among those that are connected, after each break too. */
  readonly onConnected?: (() => void) | undefined;
  /** Ends the watch in order, without an error. */
  readonly signal?: AbortSignal | undefined;
  /** Told when the connection broke, before it is tried again. */
  readonly onBreak?: ((error: Error) => void) | undefined;
}
