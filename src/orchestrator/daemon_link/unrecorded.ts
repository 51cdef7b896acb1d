import { type RecordTaskOutcomeFields, TaskRunStatus } from '@tenure/client';
import { z } from 'zod';
import type { StateFolder } from '../state_folder.js';

const named = z.object({ run: z.object({ runId: z.string().min(1), task: z.string().min(1) }) });
/** What else is in it the daemon checks. */
const outcomeSchema = z.custom<RecordTaskOutcomeFields>((value) => named.safeParse(value).success);

/**
 * Ends of runs that no daemon has been told of, a file each: an orchestrator
 * that ends, however it does, leaves them to the next one of its id. Two that
 * find the same tell the same twice, which is once.
 */
export class Unrecorded {
  readonly #folder: StateFolder;

  constructor(folder: StateFolder) {
    this.#folder = folder;
  }

  /** What is left by an orchestrator before this one; the run that ended first comes first. */
  all(): readonly RecordTaskOutcomeFields[] {
    const outcomes = this.#folder.names().flatMap((name) => {
      const outcome = this.#folder.read(name, outcomeSchema);
      // Torn, or another version's: nobody will ever read it.
      if (outcome === undefined) this.#folder.remove(name);
      return outcome ?? [];
    });
    return outcomes.toSorted((one, other) => endOf(one) - endOf(other));
  }

  /** Keeps a run's end. What becomes of one that goes on the daemon sees by itself. */
  keep({ run }: RecordTaskOutcomeFields): void {
    if (run.status === TaskRunStatus.WAITING || run.status === TaskRunStatus.RUNNING) return;
    // When the task is due next will be another time by then.
    const outcome: RecordTaskOutcomeFields = { run };
    this.#folder.write(run.runId ?? '', outcome);
  }

  forget(runId: string): void {
    this.#folder.remove(runId);
  }
}

function endOf({ run }: RecordTaskOutcomeFields): number {
  return Number(run.endTime?.seconds ?? 0) * 1_000 + (run.endTime?.nanos ?? 0) / 1e6;
}
