import type { YieldRequest } from '@tenure/client/gen/tenure/lease/v1/lease';
import type {
  HoldEvent,
  HoldLeasesRequest,
  HoldLeasesResponse,
  HoldOperation,
  HoldResult,
} from '@tenure/client/gen/tenure/lease/v1/lease_service';
import type { Peer } from '../rpc/context.js';
import { Refusal } from '../rpc/refusal.js';
import { invalid } from '../rpc/request_checks.js';
import type { OutStream } from '../rpc/streams.js';
import type { PendingAcquire, QueueStanding } from './acquire/pending_acquire.js';
import type { End } from './ending/ending_rules.js';
import type { LeaseListener } from './lease_listeners.js';
import type { OperationWatch } from './lease_watch.js';
import type { LeaseRecord } from './ledger/record.js';
import type { LeaseManager } from './manager.js';

const MAX_OPERATIONS = 1024;
/** Messages that may wait for a client before its next operations do. */
const MAX_BUFFERED = 64;

type Result = NonNullable<HoldResult['result']>;

export interface HoldSessionParts {
  readonly manager: Pick<LeaseManager, 'acquire' | 'attach' | 'cancel' | 'release' | 'renew' | 'resume' | 'unbind'>;
  readonly peer: Peer;
  readonly out: OutStream<HoldLeasesResponse>;
  readonly watch: OperationWatch;
  /** Turns what is no Refusal into one, and logs it. */
  readonly internal: (error: unknown) => Refusal;
}

/** One client's standing connection: runs its operations and pushes what it must hear. */
export class HoldSession implements LeaseListener {
  readonly #parts: HoldSessionParts;
  readonly #waiting = new Map<bigint, PendingAcquire>();
  readonly #bound = new Set<string>();
  /** News that a later one of the same kind makes worthless, for when the client reads again. */
  readonly #parked = new Map<string, HoldEvent>();
  #events: HoldEvent[] = [];
  #unanswered = 0;
  #onAnswered: (() => void) | undefined;
  #closed = false;

  constructor(parts: HoldSessionParts) {
    this.#parts = parts;
  }

  /** Answers a promise where the client must first read what is there. */
  receive({ operations }: HoldLeasesRequest): undefined | Promise<void> {
    if (operations.length > MAX_OPERATIONS) throw invalid('operations', `has more than ${MAX_OPERATIONS} entries`);
    this.#unanswered += operations.length;
    for (const operation of operations) this.#parts.watch.run(operation, () => this.#run(operation));
    return this.#parts.out.buffered > MAX_BUFFERED ? this.#parts.out.drained() : undefined;
  }

  /** Resolves when every operation has its result: a client that says no more still gets them, unless it goes. */
  answered(): Promise<void> {
    if (this.#unanswered === 0 || this.#parts.out.closed.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onAnswered = resolve;
      this.#parts.out.closed.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** The stream is gone: its waiters leave their queues, its leases live on by their own liveness. */
  close(): void {
    this.#flush();
    this.#closed = true;
    this.#parts.watch.close();
    for (const waiter of this.#waiting.values()) this.#parts.manager.cancel(waiter);
    this.#waiting.clear();
    for (const leaseId of this.#bound) this.#parts.manager.unbind(leaseId, this);
    this.#bound.clear();
  }

  lost({ leaseId, resource }: LeaseRecord, end: End): void {
    this.#bound.delete(leaseId);
    this.#parked.delete(`contended ${leaseId}`);
    this.#parked.delete(`yield ${leaseId}`);
    this.#push({ event: { $case: 'lost', value: { leaseId, resource, end } } });
  }

  contended({ leaseId, resource }: LeaseRecord, queueLength: number): void {
    this.#pushLatest(`contended ${leaseId}`, {
      event: { $case: 'contended', value: { leaseId, resource, queueLength } },
    });
  }

  yieldRequested(value: YieldRequest): void {
    this.#pushLatest(`yield ${value.leaseId}`, { event: { $case: 'yieldRequested', value } });
  }

  #run({ operationId, operation }: HoldOperation): void {
    try {
      switch (operation?.$case) {
        case 'acquire':
          this.#acquire(operationId, operation.value);
          return;
        case 'renew':
          this.#answer(operationId, this.#parts.manager.renew(operation.value), (value) => ({
            $case: 'renewed',
            value,
          }));
          return;
        case 'release':
          this.#answer(
            operationId,
            this.#parts.manager.release(operation.value.ownerToken, this.#parts.peer, this),
            (value) => {
              // Nobody says so of one's own release.
              if (value.outcome !== undefined) this.#bound.delete(value.outcome.value.leaseId);
              return { $case: 'released', value };
            },
          );
          return;
        case 'cancel':
          this.#cancel(operationId, operation.value.operationId);
          return;
        case 'attach': {
          const attached = this.#parts.manager.attach(operation.value, this.#parts.peer);
          this.#answer(operationId, attached, (value) => ({ $case: 'attached', value }));
          return;
        }
        case 'resume': {
          const resumed = this.#parts.manager.resume(operation.value.ownerToken, this.#parts.peer, this);
          this.#answer(operationId, resumed, (value) => {
            if (value.outcome?.$case === 'renewed') this.#bind(value.outcome.value.leaseId);
            return { $case: 'resumed', value };
          });
          return;
        }
        case undefined:
          throw invalid('operation', 'is not set, or newer than this daemon');
      }
    } catch (error) {
      this.#fail(operationId, error);
    }
  }

  #acquire(operationId: bigint, request: Parameters<LeaseManager['acquire']>[0]): void {
    if (this.#waiting.has(operationId)) throw invalid('operation_id', 'is in use by a waiting acquire');
    const waiter = this.#parts.manager.acquire(request, 'hold', {
      peer: this.#parts.peer,
      listener: this,
      answer: (value) => {
        this.#waiting.delete(operationId);
        for (const { outcome } of value.results) {
          if (outcome !== undefined && outcome.$case !== 'held') this.#bind(outcome.value.lease?.leaseId);
        }
        this.#result(operationId, { $case: 'acquired', value });
      },
      refuse: (error) => {
        this.#waiting.delete(operationId);
        this.#fail(operationId, error);
      },
      onStanding: (standing) => this.#standing(operationId, standing),
    });
    if (waiter !== undefined) this.#waiting.set(operationId, waiter);
  }

  #cancel(operationId: bigint, target: bigint): void {
    const waiter = this.#waiting.get(target);
    const wasWaiting = waiter !== undefined && this.#parts.manager.cancel(waiter);
    if (wasWaiting) {
      this.#waiting.delete(target);
      this.#fail(target, new Refusal('CANCELLED', 'the acquire was cancelled by its client'));
    }
    this.#result(operationId, { $case: 'cancelled', value: { wasWaiting } });
  }

  #bind(leaseId: string | undefined): void {
    if (leaseId === undefined) return;
    this.#bound.add(leaseId);
    // Granted while the stream broke: nobody is there to be told.
    if (this.#closed) this.#parts.manager.unbind(leaseId, this);
  }

  #standing(operationId: bigint, { resource, position, held }: QueueStanding): void {
    this.#pushLatest(`queue ${operationId} ${resource}`, {
      event: { $case: 'queue', value: { operationId, resource, position, held } },
    });
  }

  #answer<T>(operationId: bigint, value: T | Promise<T>, resultOf: (value: T) => Result): void {
    if (!(value instanceof Promise)) {
      this.#result(operationId, resultOf(value));
      return;
    }
    value.then(
      (settled) => this.#result(operationId, resultOf(settled)),
      (error: unknown) => this.#fail(operationId, error),
    );
  }

  #fail(operationId: bigint, error: unknown): void {
    const { code, reason, message, metadata } = error instanceof Refusal ? error : this.#parts.internal(error);
    const value = { code, reason, message, metadata: new Map(Object.entries(metadata)) };
    this.#result(operationId, { $case: 'error', value });
  }

  #result(operationId: bigint, result: Result): void {
    this.#parts.watch.settled(operationId, result);
    this.#push({ event: { $case: 'result', value: { operationId, result } } });
    this.#unanswered -= 1;
    if (this.#unanswered === 0) this.#onAnswered?.();
  }

  #pushLatest(key: string, event: HoldEvent): void {
    if (this.#parts.out.buffered <= MAX_BUFFERED) {
      this.#push(event);
      return;
    }
    if (this.#parked.size === 0) void this.#parts.out.drained().then(() => this.#unpark());
    this.#parked.set(key, event);
  }

  #unpark(): void {
    for (const event of this.#parked.values()) this.#push(event);
    this.#parked.clear();
  }

  /** All that one turn brings goes out as one message. */
  #push(event: HoldEvent): void {
    if (this.#closed) return;
    this.#events.push(event);
    if (this.#events.length === 1) process.nextTick(() => this.#flush());
  }

  #flush(): void {
    const events = this.#events;
    this.#events = [];
    if (!this.#closed && events.length > 0) this.#parts.out.write({ events });
  }
}
