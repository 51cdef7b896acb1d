import type { TenureError } from './errors.js';
import type { HoldResult, QueueUpdate, TraceContext } from './gen/tenure/lease/v1/lease_service.js';
import { type Operation, outlivesBreak, type Result, toOperationError, waitEnd } from './hold_operations.js';
import { isPassing } from './status_details.js';
import type { TracedSubmission } from './traced_submission.js';

/** An operation and who waits for its result. The callbacks run within the stream's turn, in its order. */
export interface Submission {
  readonly operation: Operation;
  readonly onResult: (result: Result) => void;
  readonly onError: (error: TenureError) => void;
  readonly onQueue?: ((update: QueueUpdate) => void) | undefined;
  /** When the caller stops waiting, on the clock of `performance.now()`. */
  readonly giveUpAt: number;
}

/** A submission without its result yet. */
export interface Pending {
  readonly id: number;
  readonly submission: Submission;
  readonly traceContext: TraceContext | undefined;
  /** As `giveUpAt`; when it was submitted. */
  readonly waitedSince: number;
  readonly waitUntil: number;
  /** On this stream or an earlier one: the daemon may know of it. */
  wasSent: boolean;
  cancelled: boolean;
  gaveUp: boolean;
}

/** The operations of a hold that have no result yet, in the order in which they were submitted. */
export class PendingOperations {
  readonly #all = new Map<number, Pending>();
  #lastId = 0;
  #onEmpty: (() => void) | undefined;

  get size(): number {
    return this.#all.size;
  }

  add({ submission, context }: TracedSubmission): Pending {
    this.#lastId += 1;
    const now = performance.now();
    const entry: Pending = {
      id: this.#lastId,
      submission,
      traceContext: context && { traceparent: context.traceparent, tracestate: context.tracestate ?? '' },
      waitedSince: now,
      waitUntil: waitEnd(submission.operation, now),
      wasSent: false,
      cancelled: false,
      gaveUp: false,
    };
    this.#all.set(entry.id, entry);
    return entry;
  }

  get(id: number): Pending | undefined {
    return this.#all.get(id);
  }

  remove(id: number): void {
    this.#all.delete(id);
  }

  /** As they are now: what callbacks add or remove is not seen. */
  all(): Pending[] {
    return [...this.#all.values()];
  }

  /** Hands the one result of an operation to who waits for it. */
  settle({ operationId, result }: HoldResult): void {
    const id = Number(operationId);
    const entry = this.#all.get(id);
    if (entry === undefined) {
      return;
    }
    if (result?.$case === 'error') {
      const error = toOperationError(result.value);
      if (isPassing(error.reason) && outlivesBreak(entry.submission.operation)) {
        // The daemon is on its way out; the next one is asked again.
        return;
      }
      this.#all.delete(id);
      entry.submission.onError(error);
    } else {
      this.#all.delete(id);
      if (result !== undefined) {
        entry.submission.onResult(result);
      }
    }
    if (this.#all.size === 0) {
      this.#onEmpty?.();
    }
  }

  /** After a break: what goes on is kept, the rest fails. */
  dropUnrepeatable(error: TenureError): void {
    for (const [id, { submission }] of this.#all) {
      if (!outlivesBreak(submission.operation)) {
        this.#all.delete(id);
        submission.onError(error);
      }
    }
  }

  failAll(error: TenureError): void {
    const all = this.all();
    this.#all.clear();
    for (const { submission } of all) {
      submission.onError(error);
    }
  }

  /** Waits until there are none, or `stopWaiting` is called, and not beyond the time. */
  async empty(timeoutMs: number): Promise<void> {
    if (this.#all.size === 0) {
      return;
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#onEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** No result will come any more. */
  stopWaiting(): void {
    this.#onEmpty?.();
  }
}
