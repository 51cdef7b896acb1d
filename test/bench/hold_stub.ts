import type { HoldOperation, HoldResult } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import type { Workshop } from './workshop.js';

type Operation = NonNullable<HoldOperation['operation']>;
type Result = NonNullable<HoldResult['result']>;

/** A HoldLeases stream by the generated stub alone; what one turn brings goes out as one message. */
export class HoldStub {
  readonly #write: (operations: HoldOperation[]) => void;
  readonly #waiting = new Map<bigint, (result: Result) => void>();
  #operations: HoldOperation[] = [];
  #lastId = 0n;

  constructor(workshop: Workshop, socketPath: string, onError: (error: unknown) => void) {
    const call = workshop.leaseStub(socketPath).holdLeases();
    let closing = false;
    workshop.closing({
      close: () => {
        closing = true;
        call.end();
      },
    });
    this.#write = (operations) => call.write({ operations });
    call.on('error', (error) => {
      // The daemon may be gone before the stream is.
      if (!closing) onError(error);
    });
    call.on('data', ({ events }) => {
      for (const { event } of events) {
        if (event?.$case !== 'result' || event.value.result === undefined) continue;
        const { operationId, result } = event.value;
        const answer = this.#waiting.get(operationId);
        this.#waiting.delete(operationId);
        answer?.(result);
      }
    });
  }

  send(operation: Operation, onResult: (result: Result) => void): void {
    this.#lastId += 1n;
    this.#waiting.set(this.#lastId, onResult);
    this.#operations.push({ operationId: this.#lastId, operation, traceContext: undefined });
    if (this.#operations.length === 1) process.nextTick(() => this.#flush());
  }

  #flush(): void {
    const operations = this.#operations;
    this.#operations = [];
    this.#write(operations);
  }
}

/** The owner token of what an acquire was granted; throws where it was not. */
export function grantedToken(result: Result): string {
  const outcome = result.$case === 'acquired' ? result.value.results[0]?.outcome : undefined;
  if (outcome?.$case === 'granted') return outcome.value.ownerToken;
  throw new Error(result.$case === 'error' ? result.value.message : `not granted: ${outcome?.$case}`);
}
