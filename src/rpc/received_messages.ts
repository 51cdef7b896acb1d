import { Undecoded } from './call_desk.js';
import type { InStream } from './streams.js';

/** Messages that an async iterator holds before the client has to wait. */
const READ_AHEAD = 16;

/** What grpc-js offers on calls that take a stream. */
interface ReceivingCall<Req> {
  on(event: 'data', listener: (message: Req | Undecoded) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
  removeAllListeners(event: 'data' | 'end'): unknown;
  pause(): unknown;
  resume(): unknown;
}

interface Reader<Req> {
  message(message: Req): void;
  end(): void;
  fail(error: unknown): void;
}

/** A client's stream of messages, without the promises that a Readable's own iterator costs. */
export class ReceivedMessages<Req> implements InStream<Req> {
  readonly #call: ReceivingCall<Req>;
  readonly #closed: AbortSignal;
  #read = false;

  constructor(call: ReceivingCall<Req>, closed: AbortSignal) {
    this.#call = call;
    this.#closed = closed;
  }

  eachMessage(listener: (message: Req) => undefined | Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      // The end can come while the listener still works on the last message.
      let working: Promise<void> | undefined;
      let stop = (): void => undefined;
      const fail = (error: unknown): void => {
        stop();
        reject(error);
      };
      stop = this.#listen({
        message: (message) => {
          try {
            working = listener(message);
          } catch (error) {
            fail(error);
          }
          if (working === undefined) return;
          this.#call.pause();
          working.then(() => this.#call.resume(), fail);
        },
        end: () => {
          if (working === undefined) resolve();
          else working.then(resolve, reject);
        },
        fail: reject,
      });
    });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Req, void, undefined> {
    const waiting: Req[] = [];
    let over = false;
    let failure: { readonly error: unknown } | undefined;
    let wake = (): void => undefined;
    const stop = this.#listen({
      message: (message) => {
        waiting.push(message);
        if (waiting.length >= READ_AHEAD) this.#call.pause();
        wake();
      },
      end: () => {
        over = true;
        wake();
      },
      fail: (error) => {
        failure = { error };
        wake();
      },
    });
    try {
      for (;;) {
        const message = waiting.shift();
        if (message !== undefined) yield message;
        else if (failure !== undefined) throw failure.error;
        else if (over) return;
        else {
          await new Promise<void>((resolve) => {
            wake = resolve;
            this.#call.resume();
          });
        }
      }
    } finally {
      stop();
    }
  }

  /** Tells the reader of all that comes in, until the end, a failure or the returned stop. */
  #listen(reader: Reader<Req>): () => void {
    if (this.#read) throw new Error('a stream of requests can be read only once');
    this.#read = true;
    const stop = (): void => {
      this.#closed.removeEventListener('abort', end);
      this.#call.removeAllListeners('data');
      this.#call.removeAllListeners('end');
      this.#call.pause();
    };
    const end = (): void => {
      stop();
      reader.end();
    };
    if (this.#closed.aborted) {
      end();
      return stop;
    }
    this.#closed.addEventListener('abort', end);
    this.#call.on('end', end);
    this.#call.on('data', (message) => {
      if (!(message instanceof Undecoded)) {
        reader.message(message);
        return;
      }
      stop();
      reader.fail(message.refusal);
    });
    return stop;
  }
}
