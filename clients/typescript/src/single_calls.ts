import type { CallOptions } from './call_options.js';
import type { Connection } from './connection.js';
import { callUnary, type StartCall } from './unary.js';

/** Makes the contract's single calls over a connection. */
export class SingleCalls {
  readonly #connection: Connection;
  readonly #timeoutMs: number;

  /** @param timeoutMs how long a call may take that says nothing else. */
  constructor(connection: Connection, timeoutMs: number) {
    this.#connection = connection;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * A call that may be made again after a break.
   *
   * @param waitMs for how long it waits in order, besides the time limit.
   */
  repeated<Response>(start: StartCall<Response>, options: CallOptions | undefined, waitMs = 0): Promise<Response> {
    const timeoutMs = (options?.timeoutMs ?? this.#timeoutMs) + waitMs;
    return callUnary(this.#connection, start, { timeoutMs, signal: options?.signal });
  }

  /** A call that may be made again, and for which the daemon works for up to `workMs`. */
  working<Response>(start: StartCall<Response>, options: CallOptions | undefined, workMs: number): Promise<Response> {
    return callUnary(this.#connection, start, this.#workLimits(options, workMs));
  }

  /**
   * A call that must not be made twice.
   *
   * @param doubt what may have been done when its answer is lost, and where that shows.
   */
  once<Response>(
    start: StartCall<Response>,
    options: CallOptions | undefined,
    { doubt, workMs = 0 }: { readonly doubt: string; readonly workMs?: number },
  ): Promise<Response> {
    return callUnary(this.#connection, start, { ...this.#workLimits(options, workMs), doubt });
  }

  /** A daemon that is away is not waited for any longer because it would have much to do. */
  #workLimits(options: CallOptions | undefined, workMs: number) {
    const timeoutMs = options?.timeoutMs ?? this.#timeoutMs + workMs;
    return { timeoutMs, awayMs: Math.min(timeoutMs, this.#timeoutMs), signal: options?.signal };
  }
}
