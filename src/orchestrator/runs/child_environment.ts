import { LEASES_VARIABLE, taskEnvironment } from '@tenure/client';
import type { TaskRun } from './task_run.js';

/**
 * What a light run's children get: nothing lets them in under a lease, not
 * even under one that the orchestrator itself was started under.
 */
export function lightEnvironment(run: TaskRun, base: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { [LEASES_VARIABLE]: _, ...rest } = base;
  return environmentOf(run, rest);
}

/** What a heavy run's children get; the tokens of its own leases come in front of those in `base`. */
export function environmentOf(run: TaskRun, base: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { work, name } = run.spec;
  const own = work.kind === 'command' ? work.env : {};
  return taskEnvironment({ task: name, runId: run.runId }, { ...base, ...own });
}
