import type { Timestamp } from '@tenure/client/gen/google/protobuf/timestamp';
import { Refusal } from './refusal.js';

// Control characters and line ends hide in terminals and break line-wise output; lone surrogates are no text.
const FORBIDDEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u;
/** The moments that a protobuf Timestamp can be: years 1 to 9999, in seconds. */
const MIN_SECONDS = -62_135_596_800n;
const MAX_SECONDS = 253_402_300_799n;

/** Whether a text has a character that would not show as what it is. */
export function hasHiddenCharacter(text: string): boolean {
  return FORBIDDEN.test(text);
}

/** The refusal of a field; `problem` follows its name. */
export function invalid(field: string, problem: string): Refusal {
  return new Refusal('INVALID_FIELD', `${field} ${problem}`, { field });
}

/** The refusal of a retried request that asks for something else than its first try. */
export function requestIdReused(): Refusal {
  return new Refusal('REQUEST_ID_REUSED', 'this request_id was used with other parameters; make a new one');
}

/** Throws a Refusal where a text is too long or has a hidden character. */
export function checkText(field: string, text: string, maxBytes: number): void {
  // A string of n characters has at most 3n bytes: most need no count.
  if (text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes) {
    throw invalid(field, `has more than ${maxBytes} bytes`);
  }
  if (hasHiddenCharacter(text)) throw invalid(field, 'has a control character');
}

/** A moment in milliseconds; undefined: not set. Throws a Refusal where it is none that can be shown. */
export function readMoment(field: string, time: Timestamp | undefined): number | undefined {
  if (time === undefined) return undefined;
  const { seconds, nanos } = time;
  if (seconds < MIN_SECONDS || seconds > MAX_SECONDS || nanos < 0 || nanos >= 1e9) {
    throw invalid(field, 'is no moment of the years 1 to 9999');
  }
  return Number(seconds) * 1000 + nanos / 1e6;
}
