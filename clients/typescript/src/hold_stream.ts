import type { ClientDuplexStream, ServiceError } from '@grpc/grpc-js';
import type {
  HoldEvent,
  HoldLeasesRequest,
  HoldLeasesResponse,
  HoldOperation,
} from './gen/tenure/lease/v1/lease_service.js';

/** The contract's limit of operations in a batch. */
const LARGEST_BATCH = 1024;
/** Well below the 4 MiB that gRPC servers take by default. */
const LARGEST_BATCH_BYTES = 1024 * 1024;
/** A guess at an operation without texts of its own. */
const SMALL_OPERATION_BYTES = 128;

/** Who hears what comes over the stream. */
export interface StreamListener {
  onEvent(event: HoldEvent): void;
  /** The stream's one end; undefined: the daemon ended it without an error. */
  onEnd(error: ServiceError | undefined): void;
}

/**
 * One HoldLeases stream. What is sent in one turn of the event loop goes out
 * together; while the transport is full, batches grow instead of its buffer.
 */
export class HoldStream {
  readonly #call: ClientDuplexStream<HoldLeasesRequest, HoldLeasesResponse>;
  #waiting: HoldOperation[] = [];
  #scheduled = false;
  #blocked = false;
  #ended = false;

  constructor(call: ClientDuplexStream<HoldLeasesRequest, HoldLeasesResponse>, listener: StreamListener) {
    this.#call = call;
    const end = (error?: ServiceError) => {
      if (!this.#ended) {
        this.#ended = true;
        listener.onEnd(error);
      }
    };
    call.on('data', ({ events }: HoldLeasesResponse) => {
      if (this.#ended) {
        return;
      }
      for (const event of events) {
        listener.onEvent(event);
      }
    });
    call.on('drain', () => {
      this.#blocked = false;
      this.#flush();
    });
    call.on('error', (error: ServiceError) => end(error));
    call.on('end', () => end());
  }

  send(operation: HoldOperation): void {
    this.#waiting.push(operation);
    if (!this.#scheduled) {
      this.#scheduled = true;
      // After the microtasks: the answers of one batch become the next one.
      process.nextTick(() => {
        this.#scheduled = false;
        this.#flush();
      });
    }
  }

  /** Ends the stream at once; its end is still heard. */
  cancel(): void {
    this.#call.cancel();
  }

  #flush(): void {
    while (this.#waiting.length > 0 && !this.#blocked && !this.#ended) {
      const operations = this.#takeBatch();
      this.#blocked = !this.#call.write({ operations });
    }
  }

  #takeBatch(): HoldOperation[] {
    let bytes = 0;
    let count = 0;
    for (const operation of this.#waiting) {
      bytes += estimateBytes(operation);
      if (count === LARGEST_BATCH || (bytes > LARGEST_BATCH_BYTES && count > 0)) {
        break;
      }
      count += 1;
    }
    if (count === this.#waiting.length) {
      const batch = this.#waiting;
      this.#waiting = [];
      return batch;
    }
    return this.#waiting.splice(0, count);
  }
}

/** No less than an operation takes, for all that can be large. */
function estimateBytes({ operation, traceContext }: HoldOperation): number {
  if (operation?.$case !== 'acquire') {
    return 8 * SMALL_OPERATION_BYTES;
  }
  const { wishes, clientId, reason, metadata, inheritTokens } = operation.value;
  const { traceparent = '', tracestate = '' } = traceContext ?? {};
  let characters = clientId.length + reason.length + traceparent.length + tracestate.length;
  for (const wish of wishes) {
    characters += wish.resource.length + 16;
  }
  for (const [key, value] of metadata) {
    characters += key.length + value.length + 8;
  }
  for (const token of inheritTokens) {
    characters += token.length + 4;
  }
  // A character is at most three bytes of UTF-8 for each unit of its length.
  return SMALL_OPERATION_BYTES + 3 * characters;
}
