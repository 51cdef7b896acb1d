import { MAX_VALUE_BYTES, newValueOf } from '../value_rules.js';
import type { SourceAnswer } from './source_port.js';

const BOUNDS = `a value has 1 to ${MAX_VALUE_BYTES} bytes`;
const EMPTY: SourceAnswer = { cause: 'empty', problem: `gave nothing; ${BOUNDS}` };
export const TOO_LARGE: SourceAnswer = { cause: 'too-large', problem: `gave too much; ${BOUNDS}` };

/** These very bytes, if they can be a value. */
export function exactly(bytes: Uint8Array): SourceAnswer {
  if (bytes.length === 0) return EMPTY;
  return bytes.length > MAX_VALUE_BYTES ? TOO_LARGE : bytes;
}

/** These bytes without the last line end. */
export function withoutLineEnd(bytes: Uint8Array): SourceAnswer {
  return newValueOf(bytes) ?? (bytes.length > MAX_VALUE_BYTES ? TOO_LARGE : EMPTY);
}
