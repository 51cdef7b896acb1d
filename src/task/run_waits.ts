import { LONGEST_TIMER_MS } from '../os/longest_timer.js';
import { Refusal } from '../rpc/refusal.js';
import { hasEnded, type TaskRunRecord } from './run_record.js';

/** Those who wait for runs to end. */
export class RunWaits {
  readonly #runOf: (runId: string) => TaskRunRecord | undefined;
  readonly #waiting = new Set<() => void>();

  constructor(runOf: (runId: string) => TaskRunRecord | undefined) {
    this.#runOf = runOf;
  }

  /** Runs have changed. */
  look(): void {
    for (const look of [...this.#waiting]) look();
  }

  /** The run once it has ended, or as it is when the time is up. Rejects where it is not known. */
  wait(runId: string, timeoutMs: number | undefined, signal: AbortSignal): Promise<TaskRunRecord> {
    const run = this.#find(runId);
    if (hasEnded(run)) return Promise.resolve(run);
    return new Promise((resolve, reject) => {
      let newest = run;
      const leave = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        signal.removeEventListener('abort', aborted);
      };
      const answer = (): void => {
        leave();
        resolve(newest);
      };
      const look = (): void => {
        const now = this.#runOf(runId);
        // Counted in another one, or dropped: it will say no more.
        if (now === undefined) {
          leave();
          reject(notFound(runId));
        } else {
          newest = now;
          if (hasEnded(now)) answer();
        }
      };
      const aborted = (): void => {
        leave();
        reject(signal.reason);
      };
      const timer = timeoutMs === undefined ? undefined : setTimeout(answer, Math.min(timeoutMs, LONGEST_TIMER_MS));
      this.#waiting.add(look);
      if (signal.aborted) aborted();
      else signal.addEventListener('abort', aborted, { once: true });
    });
  }

  #find(runId: string): TaskRunRecord {
    const run = this.#runOf(runId);
    if (run === undefined) throw notFound(runId);
    return run;
  }
}

export function notFound(runId: string): Refusal {
  return new Refusal('TASK_RUN_NOT_FOUND', `there is no run ${runId}; it may be too old to be kept`);
}
