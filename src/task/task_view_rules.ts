import type { ProcessIdentity } from '../os/process_identity.js';
import type { Deferral } from './deferral_rules.js';
import { hasEnded, isSuccess, type TaskDefinitionRecord, type TaskRunRecord } from './run_record.js';

/** An orchestrator that listens for triggers now. */
export interface ConnectedOrchestrator {
  readonly orchestratorId: string;
  /** Undefined where it lives in another pid namespace. */
  readonly process: ProcessIdentity | undefined;
  readonly description: string;
  readonly connectWallMs: number;
}

/** What is known of a task. */
export interface TaskFacts {
  readonly name: string;
  /** Of the orchestrators that are there, or of all that declared it where none is; the newest declaration first. */
  readonly definitions: readonly TaskDefinitionRecord[];
  readonly orchestrators: readonly ConnectedOrchestrator[];
  /** In the order in which they were last recorded. */
  readonly runs: readonly TaskRunRecord[];
  readonly deferral: Deferral | undefined;
  readonly starved: boolean;
}

/** A task as it is shown. */
export interface TaskView {
  readonly name: string;
  readonly definition: TaskDefinitionRecord | undefined;
  readonly orchestrators: readonly ConnectedOrchestrator[];
  readonly running: readonly TaskRunRecord[];
  readonly lastRun: TaskRunRecord | undefined;
  readonly lastSuccessWallMs: number | undefined;
  readonly lastFailureWallMs: number | undefined;
  readonly nextRunWallMs: number | undefined;
  readonly deferredSinceWallMs: number | undefined;
  readonly starved: boolean;
}

export function viewOf({ name, definitions, orchestrators, runs, deferral, starved }: TaskFacts): TaskView {
  const ended = runs.filter(hasEnded);
  const running = runs.filter((run) => !hasEnded(run)).toSorted((a, b) => a.startWallMs - b.startWallMs);
  // A schedule is nobody's while its orchestrator is away; of a service that runs, it is that of its last start.
  const isNone = orchestrators.length === 0 || (definitions[0]?.kind === 'service' && running.length > 0);
  const nextRuns = isNone ? [] : definitions.flatMap(({ nextRunWallMs }) => nextRunWallMs ?? []);
  return {
    name,
    definition: definitions[0],
    orchestrators,
    running,
    lastRun: ended.at(-1),
    lastSuccessWallMs: latest(ended.filter(isSuccess)),
    lastFailureWallMs: latest(ended.filter(({ status }) => status === 'failed')),
    nextRunWallMs: nextRuns.length === 0 ? undefined : Math.min(...nextRuns),
    deferredSinceWallMs: deferral?.sinceWallMs,
    starved,
  };
}

function latest(runs: readonly TaskRunRecord[]): number | undefined {
  const times = runs.flatMap(({ endWallMs }) => endWallMs ?? []);
  return times.length === 0 ? undefined : Math.max(...times);
}
