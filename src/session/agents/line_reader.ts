import type { FileHandle } from 'node:fs/promises';

const CHUNK_BYTES = 64 * 1024;
/** Longer lines hold pictures or what a tool printed, and are passed over. */
const LONGEST_LINE_BYTES = 256 * 1024;
const NEWLINE = 0x0a;

export interface LineRange {
  readonly from: number;
  readonly to: number;
  /** It begins somewhere inside a line. */
  readonly insideLine: boolean;
}

/**
 * Hands out the whole lines of a part of a file, until told that it is
 * enough. It may hold all of the part in memory. Answers where the first line begins that was not read whole.
 */
export async function readLines(
  file: FileHandle,
  { from, to, insideLine }: LineRange,
  signal: AbortSignal,
  take: (line: string) => 'more' | 'enough',
): Promise<number> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let position = from;
  /** Where the line begins that is being read. */
  let lineStart = from;
  /** What earlier chunks had of it. Undefined: it is passed over. */
  let begun: Buffer[] | undefined = insideLine ? undefined : [];
  while (position < to) {
    signal.throwIfAborted();
    const { bytesRead } = await file.read(chunk, 0, Math.min(CHUNK_BYTES, to - position), position);
    // Cut short meanwhile.
    if (bytesRead === 0) break;
    let next = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0 && end < bytesRead; end = chunk.indexOf(NEWLINE, next)) {
      const part = chunk.subarray(next, end);
      const line = begun?.length === 0 ? part : begun && Buffer.concat([...begun, part]);
      next = end + 1;
      lineStart = position + next;
      begun = [];
      if (line !== undefined && line.length <= LONGEST_LINE_BYTES && take(line.toString('utf8')) === 'enough') {
        return lineStart;
      }
    }
    position += bytesRead;
    // The chunk is written over by the next one.
    if (next < bytesRead) begun?.push(Buffer.from(chunk.subarray(next, bytesRead)));
  }
  return lineStart;
}
