import { randomBytes } from 'node:crypto';

/** Environment variable that names the run inside which a command runs. */
export const TASK_RUN_VARIABLE = 'TENURE_TASK_RUN_ID';
/** Environment variable that names the task of that run. */
export const TASK_VARIABLE = 'TENURE_TASK';

/** Label of a lease that is held for a run of a task: the task's name. */
export const TASK_LABEL = 'task';
/** Label of a lease that is held for a run of a task: the run's id. */
export const TASK_RUN_LABEL = 'runId';

/** A run, and the task that it is one of. */
export interface TaskRunName {
  readonly task: string;
  readonly runId: string;
}

/** An id for a new run, which nobody else has made. */
export function newTaskRunId(): string {
  return `r${randomBytes(9).toString('hex')}`;
}

/** The run inside which a process with this environment runs; undefined: none. */
export function currentTaskRun(environment: NodeJS.ProcessEnv = process.env): TaskRunName | undefined {
  const runId = environment[TASK_RUN_VARIABLE];
  return runId === undefined || runId === '' ? undefined : { task: environment[TASK_VARIABLE] ?? '', runId };
}

/**
 * An environment for the command of a run: what it records, or what is
 * recorded for it, shows under that run. It admits to no lease.
 *
 * @param base what the command gets besides. Default: `process.env`.
 */
export function taskEnvironment(run: TaskRunName, base: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return { ...base, [TASK_VARIABLE]: run.task, [TASK_RUN_VARIABLE]: run.runId };
}
