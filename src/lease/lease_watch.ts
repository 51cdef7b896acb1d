import type { HoldOperation, HoldResult } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import type { Peer } from '../rpc/context.js';

/** Follows the operations of one stream. */
export interface OperationWatch {
  /** Runs an operation, in the trace that it belongs to. */
  run(operation: HoldOperation, work: () => void): void;
  /** Called once for each operation that was run, unless the stream is gone before. */
  settled(operationId: bigint, result: HoldResult['result']): void;
  /** The stream is gone. */
  close(): void;
}

/** Follows what the room does: for metrics and traces. Never throws, and keeps none of the messages. */
export interface LeaseWatch {
  operations(peer: Peer): OperationWatch;
  /** A change goes to the store. Answers what is to be called in the place of `settle`. */
  committing(settle: (fault: unknown) => void): (fault: unknown) => void;
}

/** Follows nothing. */
export const NO_LEASE_WATCH: LeaseWatch = {
  operations: () => ({ run: (_operation, work) => work(), settled: () => undefined, close: () => undefined }),
  committing: (settle) => settle,
};
