import { status } from '@grpc/grpc-js';
import { ErrorReason } from './gen/tenure/error/v1/error.js';
import { LeaseEnd } from './gen/tenure/lease/v1/lease.js';
import { describeEnd, endName } from './lease_end.js';

/**
 * Why something was refused: `DEADLOCK`, `WRONG_TOKEN`, `UNREACHABLE`, … The
 * list is closed and stands in tenure/error/v1/error.proto; branch on it,
 * never on a message. `UNSPECIFIED` is a reason that this version of the
 * client does not know.
 */
export type Reason = Exclude<keyof typeof ErrorReason, 'UNRECOGNIZED'>;

/** What went wrong, with a reason that programs can branch on. */
export class TenureError extends Error {
  override readonly name: string = 'TenureError';
  /** The gRPC status code. */
  readonly code: status;
  readonly reason: Reason;
  /** What the reason's comment in the contract promises; never a token. */
  readonly metadata: Readonly<Record<string, string>>;

  constructor(
    reason: Reason,
    message: string,
    details: { code: status; metadata?: Readonly<Record<string, string>>; cause?: unknown },
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.reason = reason;
    this.code = details.code;
    this.metadata = details.metadata ?? {};
  }
}

/** A lease that was held is gone, on the daemon's word. Its reason is `LEASE_ENDED`. */
export class LeaseLostError extends TenureError {
  override readonly name: string = 'LeaseLostError';
  readonly leaseId: string;
  readonly resource: string;
  /** How the lease ended; UNSPECIFIED where the daemon no longer knows. */
  readonly end: LeaseEnd;

  /** `why` instead of the words for `end`, where more is known. */
  constructor(lost: { leaseId: string; resource: string; end: LeaseEnd; why?: string }) {
    const why = lost.why ?? describeEnd(lost.end);
    super('LEASE_ENDED', `the lease on ${lost.resource} is gone (${why}); stop work that needs it`, {
      code: status.FAILED_PRECONDITION,
      metadata: { lease_id: lost.leaseId, resource: lost.resource, end: endName(lost.end) },
    });
    this.leaseId = lost.leaseId;
    this.resource = lost.resource;
    this.end = lost.end;
  }
}

/** How a lease ended whose signal has told of that; UNSPECIFIED where it has not, or the daemon no longer knew. */
export function endTold(signal: AbortSignal): LeaseEnd {
  const reason: unknown = signal.reason;
  return reason instanceof LeaseLostError ? reason.end : LeaseEnd.UNSPECIFIED;
}

/** Whether this is a TenureError and, where a reason is given, one of that reason. */
export function isTenureError(error: unknown, reason?: Reason): error is TenureError {
  return error instanceof TenureError && (reason === undefined || error.reason === reason);
}

/** The reason by its name on the wire; `UNSPECIFIED` where this client does not know it. */
export function reasonByName(name: string): Reason {
  return isReason(name) ? name : 'UNSPECIFIED';
}

function isReason(name: string): name is Reason {
  return name !== 'UNRECOGNIZED' && Object.hasOwn(ErrorReason, name);
}

/** The error of a caller's own abort. */
export function cancelled(message: string, cause?: unknown): TenureError {
  return new TenureError('CANCELLED', message, { code: status.CANCELLED, cause });
}

/** The error of a daemon that does not answer. */
export function unreachable(message: string, details: { metadata?: Record<string, string>; cause?: unknown } = {}) {
  return new TenureError('UNREACHABLE', message, { code: status.UNAVAILABLE, ...details });
}
