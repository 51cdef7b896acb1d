import type { status } from '@grpc/grpc-js';
import type { Peer } from './context.js';

/** One call, from its arrival to its status. */
export interface WatchedCall {
  /** The caller may make it. `request` is undefined where a stream brings many. */
  admitted(peer: Peer, request: unknown): void;
  /** Called once. `answer` is undefined where there was none, or many. */
  ended(code: status, answer: unknown): void;
}

/** Follows all calls of a server: for metrics and traces. Never throws, and keeps none of the messages. */
export interface CallWatch {
  /** @param path such as `/tenure.lease.v1.LeaseService/AcquireLease`. */
  began(path: string): WatchedCall;
  /**
   * Whether the instrumentation of grpc-js, which makes a span of each call,
   * is to see this one.
   *
   * @param traceparent of the call's metadata, where it has one.
   */
  isTraced(traceparent: string | undefined): boolean;
}
