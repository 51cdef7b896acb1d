import type { ProcessIdentity } from '../os/process_identity.js';
import type { ProcessWatch } from '../os/process_watch.js';
import { hasEnded, type TaskRunRecord } from './run_record.js';

/** Whose processes are gone gets so long for a last word, which may be on its way. */
const LAST_WORD_MS = 2_000;
/** One of which the daemon sees no process is taken for gone after so long without a word or a connection. */
const UNSEEN_MS = 60_000;

export interface RunWatchParts {
  readonly processWatch: Pick<ProcessWatch, 'onExit' | 'isAlive'>;
  readonly bootId: string;
  /** Whether a run's orchestrator listens now. */
  readonly isConnected: (orchestratorId: string) => boolean;
  /** Nobody is left to tell how the run ended. */
  readonly onAbandoned: (runId: string) => void;
  /** Default: 2 s. */
  readonly lastWordMs?: number;
}

interface Watching {
  readonly run: TaskRunRecord;
  readonly stops: (() => void)[];
  timer: NodeJS.Timeout | undefined;
}

/** Watches the processes of runs that have not ended: a run must not seem to work for ever. */
export class RunWatch {
  readonly #parts: RunWatchParts;
  readonly #watching = new Map<string, Watching>();

  constructor(parts: RunWatchParts) {
    this.#parts = parts;
  }

  /** A run as it is now. */
  follow(run: TaskRunRecord): void {
    this.forget(run.runId);
    if (hasEnded(run)) return;
    const watching: Watching = { run, stops: [], timer: undefined };
    this.#watching.set(run.runId, watching);
    for (const process of this.#processesOf(run)) {
      watching.stops.push(this.#parts.processWatch.onExit(process, () => this.#look(watching)));
    }
    if (watching.stops.length === 0) this.#lookLater(watching);
  }

  forget(runId: string): void {
    const watching = this.#watching.get(runId);
    if (watching === undefined) return;
    this.#watching.delete(runId);
    clearTimeout(watching.timer);
    for (const stop of watching.stops) stop();
  }

  /** An orchestrator no longer listens: runs of it that can't be seen have lost their only sign of life. */
  disconnected(orchestratorId: string): void {
    for (const watching of this.#watching.values()) {
      if (watching.run.orchestratorId === orchestratorId && watching.stops.length === 0) this.#lookLater(watching);
    }
  }

  close(): void {
    for (const runId of [...this.#watching.keys()]) this.forget(runId);
  }

  /** Those that mean something in this boot. */
  #processesOf({ recorder, process, bootId }: TaskRunRecord): readonly ProcessIdentity[] {
    if (bootId !== this.#parts.bootId) return [];
    return [recorder, process].filter((one) => one !== undefined);
  }

  #isAlive(run: TaskRunRecord): boolean {
    const processes = this.#processesOf(run);
    if (processes.length > 0) return processes.some((one) => this.#parts.processWatch.isAlive(one));
    return run.bootId === this.#parts.bootId && this.#parts.isConnected(run.orchestratorId);
  }

  #look(watching: Watching): void {
    if (!this.#isAlive(watching.run)) this.#lookLater(watching);
  }

  #lookLater(watching: Watching): void {
    clearTimeout(watching.timer);
    const { lastWordMs = LAST_WORD_MS, bootId } = this.#parts;
    const unseen = watching.stops.length === 0 && watching.run.bootId === bootId;
    watching.timer = setTimeout(
      () => {
        if (this.#isAlive(watching.run)) return;
        this.forget(watching.run.runId);
        this.#parts.onAbandoned(watching.run.runId);
      },
      unseen ? UNSEEN_MS : lastWordMs,
    );
  }
}
