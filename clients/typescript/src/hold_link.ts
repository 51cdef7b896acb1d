import { Metadata, type ServiceError } from '@grpc/grpc-js';
import { Backoff } from './backoff.js';
import type { Connection } from './connection.js';
import { durationFromMillis } from './duration.js';
import { cancelled, isTenureError, reasonByName, TenureError, unreachable } from './errors.js';
import type {
  AcquireLeaseRequest,
  HoldError,
  HoldEvent,
  HoldOperation,
  HoldResult,
  LeaseContended,
  LeaseLost,
  QueueUpdate,
} from './gen/tenure/lease/v1/lease_service.js';
import { HoldStream } from './hold_stream.js';
import { isBreak, isPassing, toTenureError } from './status_details.js';

/** How often requests that nobody answers are looked for, in milliseconds. */
const SWEEP_MS = 1_000;

export type Operation = NonNullable<HoldOperation['operation']>;
export type Result = Exclude<NonNullable<HoldResult['result']>, { $case: 'error' }>;

/** An operation and who waits for its result. The callbacks run within the stream's turn, in its order. */
export interface Submission {
  readonly operation: Operation;
  readonly onResult: (result: Result) => void;
  readonly onError: (error: TenureError) => void;
  readonly onQueue?: ((update: QueueUpdate) => void) | undefined;
  /** When the caller stops waiting, on the clock of `performance.now()`. */
  readonly giveUpAt: number;
}

interface Pending {
  readonly id: number;
  readonly submission: Submission;
  readonly waitUntil: number;
  wasSent: boolean;
  cancelled: boolean;
  gaveUp: boolean;
}

/** Whose leases the link serves. */
export interface LinkOwner {
  /** A new stream is open: what was held before has to be taken up on it. */
  onOpen(): void;
  onContended(contended: LeaseContended): void;
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
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #stream: HoldStream | undefined;
  #run: Promise<void> | undefined;
  #sweeper: NodeJS.Timeout | undefined;
  #onIdle: (() => void) | undefined;
  #closed = false;
  readonly #closing = new AbortController();

  constructor(connection: Connection, owner: LinkOwner) {
    this.#connection = connection;
    this.#owner = owner;
  }

  isOnline(): boolean {
    return this.#stream !== undefined;
  }

  /** Answers the number by which the operation can be cancelled. */
  submit(submission: Submission): number {
    this.#lastId += 1;
    const id = this.#lastId;
    if (this.#closed) {
      submission.onError(closedError());
      return id;
    }
    const entry = {
      id,
      submission,
      waitUntil: waitEnd(submission.operation),
      wasSent: false,
      cancelled: false,
      gaveUp: false,
    };
    this.#pending.set(id, entry);
    if (this.#stream === undefined) {
      this.wake();
    } else {
      this.#send(entry, this.#stream);
    }
    return id;
  }

  /** Opens a stream where one is needed. */
  wake(): void {
    this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_MS).unref();
    this.#run ??= this.#keepOpen()
      .catch((error: unknown) => this.#failAll(error))
      .finally(() => {
        this.#run = undefined;
        // Submitted after the loop had looked for the last time.
        if (this.#pending.size > 0) {
          this.wake();
        }
      });
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
      this.#pending.delete(id);
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

  /** Sends what nobody waits for. It goes on in the background, over breaks too. */
  tell(operation: Operation): void {
    this.submit({ operation, onResult: ignore, onError: ignore, giveUpAt: Number.POSITIVE_INFINITY });
  }

  /** Takes back all acquires; their callers get this error, what comes too late is given back. */
  cancelAcquires(error: TenureError): void {
    for (const { id, submission } of [...this.#pending.values()]) {
      if (submission.operation.$case === 'acquire') {
        this.cancel(id);
        submission.onError(error);
      }
    }
  }

  /** Waits until every operation has its answer: not without an open stream, and not beyond the time. */
  async idle(timeoutMs: number): Promise<void> {
    if (this.#stream === undefined || this.#pending.size === 0) {
      return;
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#onIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Ends the stream at once. What still waits fails with reason CANCELLED. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#sweeper);
    this.#failAll(closedError());
    this.#closing.abort();
    this.#stream?.cancel();
    await this.#run;
  }

  async #keepOpen(): Promise<void> {
    const backoff = new Backoff();
    while (!this.#closed && (this.#pending.size > 0 || this.#owner.needsStream())) {
      if (!this.#connection.isReady() && !(await this.#reconnected())) {
        return;
      }
      const { error, wasAlive } = await this.#oneStream();
      if (error === undefined || isBreak(error)) {
        this.#dropUnrepeatable(error);
      } else {
        this.#failAll(toTenureError(error));
      }
      if (wasAlive) {
        backoff.reset();
        if (!this.#closed) {
          this.#owner.onBreak();
        }
      }
      if (!this.#closed) {
        await this.#pause(backoff);
      }
    }
  }

  /** Answers false once the link is closed. */
  async #reconnected(): Promise<boolean> {
    try {
      await this.#connection.ready({ deadline: Number.POSITIVE_INFINITY, signal: this.#closing.signal });
      return true;
    } catch (error) {
      if (isTenureError(error, 'CANCELLED')) {
        this.#failAll(closedError());
        return false;
      }
      throw error;
    }
  }

  async #pause(backoff: Backoff): Promise<void> {
    try {
      await backoff.pause(this.#closing.signal);
    } catch (error) {
      if (!isTenureError(error, 'CANCELLED')) {
        throw error;
      }
    }
  }

  #oneStream(): Promise<{ error: ServiceError | undefined; wasAlive: boolean }> {
    return new Promise((resolve) => {
      let wasAlive = false;
      const call = this.#connection.channel.leases.holdLeases(new Metadata());
      const stream = new HoldStream(call, {
        onEvent: (event) => {
          wasAlive = true;
          this.#onEvent(event);
        },
        onEnd: (error) => {
          this.#stream = undefined;
          this.#onIdle?.();
          resolve({ error, wasAlive });
        },
      });
      this.#stream = stream;
      const waiting = [...this.#pending.values()];
      this.#owner.onOpen();
      for (const entry of waiting) {
        this.#send(entry, stream);
      }
    });
  }

  #send(entry: Pending, stream: HoldStream): void {
    const { id, submission } = entry;
    const operation = entry.wasSent ? withTimeLeft(submission.operation, entry.waitUntil) : submission.operation;
    entry.wasSent = true;
    stream.send({ operationId: BigInt(id), operation });
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
        this.#onResult(event.value);
        return;
      case 'queue':
        this.#pending.get(Number(event.value.operationId))?.submission.onQueue?.(event.value);
        return;
      case 'contended':
        this.#owner.onContended(event.value);
        return;
      case 'lost':
        this.#owner.onLost(event.value);
        return;
      case undefined:
        // News of a newer daemon that this client does not know.
        return;
    }
  }

  #onResult({ operationId, result }: HoldResult): void {
    const id = Number(operationId);
    const entry = this.#pending.get(id);
    if (entry === undefined) {
      return;
    }
    if (result?.$case === 'error') {
      const error = toOperationError(result.value);
      if (isPassing(error.reason) && outlivesBreak(entry.submission.operation)) {
        // The daemon is on its way out; the next one is asked again.
        return;
      }
      this.#pending.delete(id);
      entry.submission.onError(error);
    } else {
      this.#pending.delete(id);
      if (result !== undefined) {
        entry.submission.onResult(result);
      }
    }
    if (this.#pending.size === 0) {
      this.#onIdle?.();
    }
  }

  /** Renewals and the like make sense on their own stream only; the new stream begins with its own. */
  #dropUnrepeatable(cause: ServiceError | undefined): void {
    for (const [id, { submission }] of this.#pending) {
      if (!outlivesBreak(submission.operation)) {
        this.#pending.delete(id);
        submission.onError(unreachable('the connection to the daemon broke', { cause }));
      }
    }
  }

  #failAll(reason: unknown): void {
    const error = isTenureError(reason) ? reason : unreachable('the hold stream failed', { cause: reason });
    const all = [...this.#pending.values()];
    this.#pending.clear();
    for (const { submission } of all) {
      submission.onError(error);
    }
  }

  #sweep(): void {
    const now = performance.now();
    for (const entry of [...this.#pending.values()]) {
      if (entry.gaveUp || now < entry.submission.giveUpAt) {
        continue;
      }
      entry.gaveUp = true;
      switch (entry.submission.operation.$case) {
        case 'acquire':
          this.cancel(entry.id);
          break;
        case 'release':
          // Goes on in the background: the daemon should hear of it.
          break;
        default:
          this.#pending.delete(entry.id);
      }
      entry.submission.onError(
        unreachable('the daemon did not answer in time; see `tenure daemon status`', {
          metadata: { socket_path: this.#connection.channel.socketPath },
        }),
      );
    }
  }
}

function ignore(): void {
  // Of `tell`: there is nobody to hear it.
}

function closedError(): TenureError {
  return cancelled('the client was closed');
}

function outlivesBreak(operation: Operation): boolean {
  switch (operation.$case) {
    case 'acquire':
    case 'release':
    case 'attach':
      return true;
    case 'renew':
    case 'resume':
    case 'cancel':
      return false;
  }
}

function waitEnd(operation: Operation): number {
  if (operation.$case !== 'acquire' || operation.value.wait?.$case !== 'waitTimeout') {
    return Number.POSITIVE_INFINITY;
  }
  const { seconds, nanos } = operation.value.wait.value;
  return performance.now() + Number(seconds) * 1_000 + nanos / 1_000_000;
}

/** The same request with what is left of its wait. */
function withTimeLeft(operation: Operation, waitUntil: number): Operation {
  if (operation.$case !== 'acquire' || waitUntil === Number.POSITIVE_INFINITY) {
    return operation;
  }
  const left = durationFromMillis(Math.max(1, waitUntil - performance.now()));
  const value: AcquireLeaseRequest = { ...operation.value, wait: { $case: 'waitTimeout', value: left } };
  return { $case: 'acquire', value };
}

function toOperationError({ code, reason, message, metadata }: HoldError): TenureError {
  return new TenureError(reasonByName(reason), message, { code, metadata: Object.fromEntries(metadata) });
}
