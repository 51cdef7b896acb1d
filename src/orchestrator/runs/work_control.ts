import type { CommandLife } from '@tenure/client/command';
import type { Clock } from '../clock.js';
import type { EndedFor } from './end_rules.js';

/** The means to end one attempt's work, and to ask it to give way. */
export class WorkControl {
  /** Why the orchestrator ended the work; undefined while it has not. */
  endedFor: EndedFor | undefined;
  /** Who asked the work to give way, in words; undefined while nobody has. */
  yieldAskedBy: string | undefined;
  readonly #ending = new AbortController();
  readonly #yielding = new AbortController();
  readonly #run: AbortSignal;
  readonly #onRunEnd = () => this.end('shutdown');
  #life: { readonly life: CommandLife; readonly graceMs: number } | undefined;
  #ended: Promise<void> | undefined;
  #stopTimer: (() => void) | undefined;

  /** @param run the run's own signal: it ends all of its attempts. */
  constructor(run: AbortSignal) {
    this.#run = run;
    if (run.aborted) this.#onRunEnd();
    else run.addEventListener('abort', this.#onRunEnd);
  }

  /** Fires when the work is to end. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** Fires when the work is asked to give way. */
  get yieldSignal(): AbortSignal {
    return this.#yielding.signal;
  }

  /** The command that is to be ended with its group, then. */
  watch(life: CommandLife, graceMs: number): void {
    this.#life = { life, graceMs };
    if (this.#ending.signal.aborted) this.#ended = life.end(graceMs);
  }

  /** The work has begun: its time runs. */
  startTime(clock: Clock, timeoutMs: number | undefined): void {
    if (timeoutMs !== undefined) this.#stopTimer = clock.after(timeoutMs, () => this.end('timeout'));
  }

  end(why: EndedFor): void {
    if (this.#ending.signal.aborted) return;
    this.endedFor = why;
    this.#ending.abort();
    this.#ended = this.#life?.life.end(this.#life.graceMs);
  }

  askToYield(by: string): void {
    this.yieldAskedBy ??= by;
    this.#yielding.abort();
  }

  /** The work is over. Resolves when all of what was to be ended is gone. */
  async close(): Promise<void> {
    this.#stopTimer?.();
    this.#run.removeEventListener('abort', this.#onRunEnd);
    await this.#ended;
  }
}
