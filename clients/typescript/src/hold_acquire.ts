import { cancelled, type TenureError } from './errors.js';
import type { AcquireLeaseRequest, AcquireLeaseResponse } from './gen/tenure/lease/v1/lease_service.js';
import type { HoldLink } from './hold_link.js';
import type { Result } from './hold_operations.js';
import type { LeaseOptions } from './lease_options.js';
import { callBack } from './listeners.js';
import { onAbort } from './on_abort.js';

/** A caller who aborts waits so long, in milliseconds, for the daemon's word on what was granted meanwhile. */
const CANCEL_GRACE_MS = 1_000;

/** One acquire on the link. */
export interface AcquireCall {
  readonly request: AcquireLeaseRequest;
  readonly options: LeaseOptions;
  /** How long a daemon that does not answer is waited for, besides the wait itself. */
  readonly timeoutMs: number;
  /** Hears the answer in the stream's turn, before any news of the leases in it. Not called for an aborted acquire. */
  readonly onAnswer: (response: AcquireLeaseResponse, startedAt: number) => void;
  readonly onError: (error: TenureError) => void;
}

/** Sends an acquire, and takes it back when the caller's signal fires. What comes too late is given back. */
export function sendAcquire(link: HoldLink, call: AcquireCall): void {
  const { signal, onQueue, wait, mostAwayMs } = call.options;
  if (signal?.aborted) {
    call.onError(waitCancelled(signal));
    return;
  }
  const startedAt = performance.now();
  let settled = false;
  let graceTimer: NodeJS.Timeout | undefined;
  let stopListening: (() => void) | undefined;
  const settle = (): boolean => {
    const first = !settled;
    settled = true;
    clearTimeout(graceTimer);
    stopListening?.();
    return first;
  };
  const fail = (error: TenureError) => {
    if (settle()) {
      call.onError(signal?.aborted ? waitCancelled(signal) : error);
    }
  };
  const abort = () => {
    const cancelledError = waitCancelled(signal);
    const neverSeen = link.cancel(id);
    if (neverSeen || !link.isOnline()) {
      fail(cancelledError);
    } else {
      graceTimer = setTimeout(() => fail(cancelledError), CANCEL_GRACE_MS);
    }
  };
  const onResult = (result: Result) => {
    if (result.$case !== 'acquired') {
      return;
    }
    if (settled || signal?.aborted) {
      giveBack(link, result.value);
      fail(waitCancelled(signal));
    } else if (settle()) {
      call.onAnswer(result.value, startedAt);
    }
  };
  const id = link.submit({
    operation: { $case: 'acquire', value: call.request },
    onResult,
    onError: fail,
    onQueue: onQueue === undefined ? undefined : (update) => callBack(() => onQueue(update)),
    giveUpAt: wait === 'forever' ? Number.POSITIVE_INFINITY : startedAt + (wait ?? 0) + call.timeoutMs,
    mostAwayMs: wait === 'forever' ? mostAwayMs : undefined,
  });
  if (!settled) {
    stopListening = onAbort(signal, abort);
  }
}

/** Releases what was granted to a caller who no longer wants it. */
function giveBack(link: HoldLink, response: AcquireLeaseResponse): void {
  for (const { outcome } of response.results) {
    if (outcome?.$case === 'granted') {
      // Nobody is left to be told of a failure; unreleased, the lease ends by its TTL.
      link.tell({ $case: 'release', value: { ownerToken: outcome.value.ownerToken } });
    }
  }
}

function waitCancelled(signal: AbortSignal | undefined): TenureError {
  return cancelled('the acquire was cancelled', signal?.reason);
}
