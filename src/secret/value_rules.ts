export const MAX_VALUE_BYTES = 65_536;
/** A value and a line end; of what is longer nobody needs to know how long it is. */
export const MAX_OUTPUT_BYTES = MAX_VALUE_BYTES + 2;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** The value that a command printed: without the last line end. Undefined where that is no value. */
export function newValueOf(output: Uint8Array): Uint8Array | undefined {
  let end = output.length;
  if (output[end - 1] === LINE_FEED) {
    end -= 1;
    if (output[end - 1] === CARRIAGE_RETURN) end -= 1;
  }
  return end === 0 || end > MAX_VALUE_BYTES ? undefined : output.subarray(0, end);
}
