import type { Environment, Step } from './environment.js';
import { failedError } from './faults.js';
import { StoreError } from './port.js';

/** Commits in one transaction at most. */
const BATCH = 1_000;

/** A commit on its way into one environment. */
export interface Pending {
  /** Counts the calls, over both environments. */
  readonly order: number;
  readonly step: Step;
  /** The store's own housekeeping: nothing is built on it. */
  readonly own: boolean;
  readonly resolve: () => void;
  readonly reject: (error: StoreError) => void;
}

export interface LaneListener {
  /** Resolves when a batch may be written. */
  beforeBatch(): Promise<void>;
  /** There is room for more than what ends or changes a record. */
  roomy(): void;
  /** No room for the commit of this order: those after it must not take effect either. */
  refused(order: number, error: StoreError): void;
  /** Nothing may be written any more. */
  broken(error: StoreError): void;
  idle(): void;
}

/** Writes commits in their order, all that came while one transaction was under way in the next one. */
export class Lane {
  readonly #environment: Environment;
  readonly #listener: LaneListener;
  #queue: Pending[] = [];
  #busy = false;

  constructor(environment: Environment, listener: LaneListener) {
    this.#environment = environment;
    this.#listener = listener;
  }

  get busy(): boolean {
    return this.#busy;
  }

  push(pending: Pending): void {
    this.#queue.push(pending);
    if (this.#busy) return;
    this.#busy = true;
    // After the calls that are made in the same turn.
    queueMicrotask(() => {
      this.#run().catch((error: unknown) => this.#listener.broken(failedError(this.#environment.folder, error)));
    });
  }

  /** Rejects what waits and was called later; housekeeping goes on. */
  refuseAfter(order: number, error: StoreError): void {
    const [refused, kept] = partition(this.#queue, (pending) => pending.order > order && !pending.own);
    this.#queue = kept;
    for (const pending of refused) pending.reject(error);
  }

  rejectAll(error: StoreError): void {
    const queue = this.#queue;
    this.#queue = [];
    for (const pending of queue) pending.reject(error);
  }

  async #run(): Promise<void> {
    try {
      while (this.#queue.length > 0) {
        await this.#listener.beforeBatch();
        const batch = this.#queue.length <= BATCH ? this.#queue : this.#queue.slice(0, BATCH);
        this.#queue = this.#queue.length <= BATCH ? [] : this.#queue.slice(BATCH);
        await this.#writeBatch(batch);
      }
    } finally {
      this.#busy = false;
      this.#listener.idle();
    }
  }

  async #writeBatch(batch: readonly Pending[]): Promise<void> {
    const fault = await this.#tryWrite(batch);
    switch (fault?.fault) {
      case undefined:
        return;
      case 'full':
        return this.#writeSingly(batch);
      case 'failed':
      case 'corrupt':
        for (const pending of batch) pending.reject(fault);
        this.#listener.broken(fault);
    }
  }

  /** The first ones may fit, and what adds no record may use the reserve. */
  async #writeSingly(batch: readonly Pending[]): Promise<void> {
    let refusal: StoreError | undefined;
    for (const pending of batch) {
      const fault = (pending.own ? undefined : refusal) ?? (await this.#tryWrite([pending]));
      if (fault === undefined) continue;
      pending.reject(fault);
      if (fault.fault !== 'full') {
        refusal = fault;
        this.#listener.broken(fault);
      } else if (!pending.own && refusal === undefined) {
        refusal = fault;
        this.#listener.refused(pending.order, fault);
      }
    }
  }

  async #tryWrite(batch: readonly Pending[]): Promise<StoreError | undefined> {
    const steps = batch.map((pending) => pending.step).filter((step) => step.length > 0);
    try {
      if (steps.length > 0) {
        if (this.#environment.makeRoom(steps)) this.#listener.roomy();
        await this.#environment.write(steps);
      }
    } catch (error) {
      return error instanceof StoreError ? error : failedError(this.#environment.folder, error);
    }
    for (const pending of batch) pending.resolve();
    return undefined;
  }
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  const yes: T[] = [];
  const no: T[] = [];
  for (const item of items) (test(item) ? yes : no).push(item);
  return [yes, no];
}
