import type { Clock } from '../os/clock.js';
import { LONGEST_TIMER_MS } from '../os/longest_timer.js';
import { type Deferral, deferralAfter, starvesAt } from './deferral_rules.js';
import type { TaskRunRecord } from './run_record.js';

export interface StarvationParts {
  readonly clock: Pick<Clock, 'wallMs'>;
  /** How long a task may be deferred; 0: for ever. */
  readonly starveAfterMs: (task: string) => number;
  /** A task has begun to starve. */
  readonly onStarved: (task: string, deferral: Deferral) => void;
  /** One starves no longer, for its limit has changed. */
  readonly onRelieved: (task: string) => void;
  /** Which tasks starve, or by whom, may have changed. */
  readonly onChange: (starving: ReadonlyMap<string, Deferral>) => void;
}

/** Notices tasks that are kept from running for too long. */
export class Starvation {
  readonly #parts: StarvationParts;
  readonly #deferrals = new Map<string, Deferral>();
  readonly #starving = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(parts: StarvationParts) {
    this.#parts = parts;
  }

  get deferredCount(): number {
    return this.#deferrals.size;
  }

  get starvingCount(): number {
    return this.#starving.size;
  }

  of(task: string): Deferral | undefined {
    return this.#deferrals.get(task);
  }

  isStarving(task: string): boolean {
    return this.#starving.has(task);
  }

  /** Takes a run of an earlier time in, in order, without a word to anybody. */
  recall(run: TaskRunRecord): void {
    this.#set(run.task, deferralAfter(this.#deferrals.get(run.task), run));
  }

  recorded(run: TaskRunRecord): void {
    this.recall(run);
    this.look();
  }

  /** The task is not to run any more: nobody keeps it from that. */
  forget(task: string): void {
    if (!this.#deferrals.has(task)) return;
    this.#set(task, undefined);
    this.look();
  }

  /** Also after limits have changed. */
  look(): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    const nowMs = this.#parts.clock.wallMs();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const [task, deferral] of this.#deferrals) {
      const atMs = starvesAt(deferral, this.#parts.starveAfterMs(task));
      if (atMs === undefined || atMs > nowMs) {
        if (this.#starving.delete(task)) this.#parts.onRelieved(task);
        nextMs = Math.min(nextMs, atMs ?? nextMs);
      } else if (!this.#starving.has(task)) {
        this.#starving.add(task);
        this.#parts.onStarved(task, deferral);
      }
    }
    this.#parts.onChange(this.#starvingNow());
    if (nextMs === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => this.look(), Math.min(nextMs - nowMs, LONGEST_TIMER_MS));
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #set(task: string, deferral: Deferral | undefined): void {
    if (deferral !== undefined) this.#deferrals.set(task, deferral);
    else {
      this.#deferrals.delete(task);
      this.#starving.delete(task);
    }
  }

  #starvingNow(): ReadonlyMap<string, Deferral> {
    return new Map([...this.#deferrals].filter(([task]) => this.#starving.has(task)));
  }
}
