import type { ServiceError } from '@grpc/grpc-js';
import { Backoff } from './backoff.js';
import type { Connection } from './connection.js';
import { cancelled, isTenureError, type TenureError, unreachable } from './errors.js';
import type { YieldRequest } from './gen/tenure/lease/v1/lease.js';
import type { HoldEvent, LeaseContended, LeaseLost } from './gen/tenure/lease/v1/lease_service.js';
import { type Operation, sentAgain } from './hold_operations.js';
import { HoldStream } from './hold_stream.js';
import { type Pending, PendingOperations, type Submission } from './pending_operations.js';
import { isBreak, toTenureError } from './status_details.js';
import { traced } from './traced_submission.js';
import { traceMetadata } from './tracing.js';

/** How often requests that nobody answers are looked for, in milliseconds. */
const SWEEP_MS = 1_000;

/** Whose leases the link serves. */
export interface LinkOwner {
  /** A new stream is open: what was held before has to be taken up on it. */
  onOpen(): void;
  onContended(contended: LeaseContended): void;
  onYieldRequested(request: YieldRequest): void;
  onLost(lost: LeaseLost): void;
  /** A stream that had been open broke; another is tried. */
  onBreak(): void;
  /** Whether a stream is needed though nothing waits for an answer. */
  needsStream(): boolean;
}

/**
 * A client's operations, over as many streams one after another as it takes.
 * Acquires, releases and attaches outlive a break and are sent again; an
 * acquire keeps its request id, so that it stays one grant.
 */
export class HoldLink {
  readonly #connection: Connection;
  readonly #owner: LinkOwner;
  readonly #pending = new PendingOperations();
  readonly #closing = new AbortController();
  #stream: HoldStream | undefined;
  #run: Promise<void> | undefined;
  #sweeper: NodeJS.Timeout | undefined;

  constructor(connection: Connection, owner: LinkOwner) {
    this.#connection = connection;
    this.#owner = owner;
  }

  isOnline(): boolean {
    return this.#stream !== undefined;
  }

  /** Answers the number by which the operation can be cancelled. */
  submit(submission: Submission): number {
    const entry = this.#pending.add(traced(submission, this.#connection.tracing));
    if (this.#closing.signal.aborted) {
      this.#pending.failAll(closedError());
    } else if (this.#stream === undefined) {
      this.#wake();
    } else {
      this.#send(entry, this.#stream);
    }
    return entry.id;
  }

  /** Sends what nobody waits for. It goes on in the background. */
  tell(operation: Operation): void {
    this.submit({ operation, onResult: ignore, onError: ignore, giveUpAt: Number.POSITIVE_INFINITY });
  }

  /**
   * Takes back an acquire. Answers whether the daemon never saw it; otherwise
   * its result still comes, and may be a grant.
   */
  cancel(id: number): boolean {
    const entry = this.#pending.get(id);
    if (entry === undefined) {
      return false;
    }
    if (!entry.wasSent) {
      this.#pending.remove(id);
      return true;
    }
    if (!entry.cancelled) {
      entry.cancelled = true;
      if (this.#stream !== undefined) {
        this.#sendCancel(id);
      }
    }
    return false;
  }

  /** Takes back all acquires; their callers get this error, what comes too late is given back. */
  cancelAcquires(error: TenureError): void {
    for (const { id, submission } of this.#pending.all()) {
      if (submission.operation.$case === 'acquire') {
        this.cancel(id);
        submission.onError(error);
      }
    }
  }

  /** Waits until every operation has its answer: not without an open stream, and not beyond the time. */
  async idle(timeoutMs: number): Promise<void> {
    if (this.#stream !== undefined) {
      await this.#pending.empty(timeoutMs);
    }
  }

  /** Ends the stream at once. What still waits fails with reason CANCELLED. */
  async close(): Promise<void> {
    clearInterval(this.#sweeper);
    this.#closing.abort();
    this.#pending.failAll(closedError());
    this.#stream?.cancel();
    await this.#run;
  }

  #wake(): void {
    this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_MS).unref();
    this.#run ??= this.#keepOpen().finally(() => {
      this.#run = undefined;
      // Submitted after the loop had looked for the last time.
      if (this.#pending.size > 0) {
        this.#wake();
      }
    });
  }

  async #keepOpen(): Promise<void> {
    const { signal } = this.#closing;
    const backoff = new Backoff();
    try {
      while (!signal.aborted && (this.#pending.size > 0 || this.#owner.needsStream())) {
        if (!this.#connection.isReady()) {
          await this.#connection.ready({ deadline: Number.POSITIVE_INFINITY, signal });
        }
        const { error, wasAlive } = await this.#oneStream();
        if (error === undefined || isBreak(error)) {
          this.#pending.dropUnrepeatable(unreachable('the connection to the daemon broke', { cause: error }));
        } else {
          this.#pending.failAll(toTenureError(error));
        }
        if (wasAlive && !signal.aborted) {
          backoff.reset();
          this.#owner.onBreak();
        }
        await backoff.pause(signal);
      }
    } catch (error) {
      // The client is closed; whoever still waits hears it.
      this.#pending.failAll(isTenureError(error, 'CANCELLED') ? closedError() : asTenureError(error));
    }
  }

  /** Opens a stream, sends what waits, and answers how the stream ended. */
  #oneStream(): Promise<{ error: ServiceError | undefined; wasAlive: boolean }> {
    return new Promise((resolve) => {
      let wasAlive = false;
      const stream = new HoldStream(
        this.#connection.channel.leases.holdLeases(traceMetadata(this.#connection.tracing)),
        {
          onEvent: (event) => {
            wasAlive = true;
            this.#onEvent(event);
          },
          onEnd: (error) => {
            this.#stream = undefined;
            this.#pending.stopWaiting();
            resolve({ error, wasAlive });
          },
        },
      );
      this.#stream = stream;
      const waiting = this.#pending.all();
      this.#owner.onOpen();
      for (const entry of waiting) {
        this.#send(entry, stream);
      }
    });
  }

  #send(entry: Pending, stream: HoldStream): void {
    const { id, submission, waitedSince, waitUntil } = entry;
    const operation = entry.wasSent
      ? sentAgain(submission.operation, waitedSince, waitUntil, performance.now())
      : submission.operation;
    entry.wasSent = true;
    stream.send({ operationId: BigInt(id), operation, traceContext: entry.traceContext });
    if (entry.cancelled) {
      this.#sendCancel(id);
    }
  }

  #sendCancel(id: number): void {
    // The acquire's own result says how it went.
    this.tell({ $case: 'cancel', value: { operationId: BigInt(id) } });
  }

  #onEvent({ event }: HoldEvent): void {
    switch (event?.$case) {
      case 'result':
        this.#pending.settle(event.value);
        return;
      case 'queue':
        this.#pending.get(Number(event.value.operationId))?.submission.onQueue?.(event.value);
        return;
      case 'contended':
        this.#owner.onContended(event.value);
        return;
      case 'yieldRequested':
        this.#owner.onYieldRequested(event.value);
        return;
      case 'lost':
        this.#owner.onLost(event.value);
        return;
      case undefined:
        // News of a newer daemon that this client does not know.
        return;
    }
  }

  #sweep(): void {
    const now = performance.now();
    for (const entry of this.#pending.all()) {
      if (!entry.gaveUp && now >= entry.submission.giveUpAt) {
        this.#giveUp(entry);
      }
    }
  }

  #giveUp(entry: Pending): void {
    entry.gaveUp = true;
    switch (entry.submission.operation.$case) {
      case 'acquire':
        this.cancel(entry.id);
        break;
      case 'release':
        // Goes on in the background: the daemon should hear of it.
        break;
      default:
        this.#pending.remove(entry.id);
    }
    entry.submission.onError(
      unreachable('the daemon did not answer in time; see `tenure daemon status`', {
        metadata: { socket_path: this.#connection.channel.socketPath },
      }),
    );
  }
}

function ignore(): void {
  // Of `tell`: there is nobody to hear it.
}

function closedError(): TenureError {
  return cancelled('the client was closed');
}

function asTenureError(error: unknown): TenureError {
  return isTenureError(error) ? error : unreachable('the hold stream failed', { cause: error });
}
