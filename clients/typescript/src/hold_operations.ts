import { durationFromMillis, durationToMillis } from './duration.js';
import { reasonByName, TenureError } from './errors.js';
import type { HoldError, HoldOperation, HoldResult } from './gen/tenure/lease/v1/lease_service.js';

/** What a client asks for on its stream. */
export type Operation = NonNullable<HoldOperation['operation']>;

/** What the daemon answers to it, other than an error. */
export type Result = Exclude<NonNullable<HoldResult['result']>, { $case: 'error' }>;

/** Whether an operation is sent again after a break. The others make sense on their own stream only. */
export function outlivesBreak({ $case }: Operation): boolean {
  switch ($case) {
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

/** When the wait of an operation that begins now is over; Infinity where it has none, or no end. */
export function waitEnd(operation: Operation, now: number): number {
  return operation.$case === 'acquire' && operation.value.wait?.$case === 'waitTimeout'
    ? now + durationToMillis(operation.value.wait.value)
    : Number.POSITIVE_INFINITY;
}

/** The same request once more: with how long it has waited, and with what is left of its wait. */
export function sentAgain(operation: Operation, waitedSince: number, waitUntil: number, now: number): Operation {
  if (operation.$case !== 'acquire' || operation.value.wait === undefined) {
    return operation;
  }
  const value = { ...operation.value, waitedBefore: durationFromMillis(now - waitedSince) };
  if (waitUntil === Number.POSITIVE_INFINITY) {
    return { $case: 'acquire', value };
  }
  // Not zero, which would be no wait at all: the answer to a waiter tells more.
  const left = durationFromMillis(Math.max(1, waitUntil - now));
  return { $case: 'acquire', value: { ...value, wait: { $case: 'waitTimeout', value: left } } };
}

export function toOperationError({ code, reason, message, metadata }: HoldError): TenureError {
  return new TenureError(reasonByName(reason), message, { code, metadata: Object.fromEntries(metadata) });
}
