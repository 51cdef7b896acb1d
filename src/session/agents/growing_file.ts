import type { Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { readLines } from './line_reader.js';

/** Takes in the lines of a file, one after the other. The states are never changed in place. */
export interface LineFold<S> {
  readonly empty: S;
  /** Up to this size a file is read whole at the first look. */
  readonly wholeBytes: number;
  take(state: S, line: string): S;
  /** Lines are missing between what was taken before and what comes. */
  skip(state: S): S;
  /** All that the beginning of a file can tell is known. */
  knowsStart(state: S): boolean;
}

/** What was read of a file. */
export interface ReadFile<S> {
  readonly state: S;
  readonly inode: number;
  readonly size: number;
  readonly mtimeMs: number;
  /** Where to go on. */
  readonly next: number;
  /** The bytes before that: they tell whether it is still the same file. */
  readonly mark: Buffer;
}

/** Of a larger one, at most, until its beginning is known. */
const HEAD_BYTES = 512 * 1024;
/** Of a larger one, and of what came since the last look. */
const TAIL_BYTES = 256 * 1024;
const MARK_BYTES = 64;

export function isUnchanged(before: ReadFile<unknown>, { ino, size, mtimeMs }: Stats): boolean {
  return before.inode === ino && before.size === size && before.mtimeMs === mtimeMs;
}

/**
 * Reads a file of lines that grows: whole while it is small, else its head
 * and its tail, and later only what was appended. Rejects where it can't be
 * read.
 */
export async function readGrowingFile<S>(
  path: string,
  stats: Stats,
  before: ReadFile<S> | undefined,
  fold: LineFold<S>,
  signal: AbortSignal,
): Promise<ReadFile<S>> {
  const file = await open(path, 'r');
  try {
    const goesOn = before !== undefined && (await isContinued(file, stats, before));
    let state = goesOn ? before.state : fold.empty;
    let next = goesOn ? before.next : 0;
    const { size } = stats;
    const take = (line: string): 'more' => {
      state = fold.take(state, line);
      return 'more';
    };
    const isWhole = !goesOn && size <= fold.wholeBytes;
    if (!goesOn && !isWhole) {
      const range = { from: 0, to: Math.min(HEAD_BYTES, size), insideLine: false };
      next = await readLines(file, range, signal, (line) => {
        take(line);
        return fold.knowsStart(state) ? 'enough' : 'more';
      });
    }
    const isGap = !isWhole && size - next > TAIL_BYTES;
    if (isGap) state = fold.skip(state);
    const from = isGap ? size - TAIL_BYTES : next;
    next = await readLines(file, { from, to: size, insideLine: isGap }, signal, take);
    const mark = await readMark(file, next);
    return { state, inode: stats.ino, size, mtimeMs: stats.mtimeMs, next, mark };
  } finally {
    await file.close();
  }
}

/** Files are also written anew under the same name, or in the same place. */
async function isContinued(file: FileHandle, { ino, size }: Stats, before: ReadFile<unknown>): Promise<boolean> {
  if (before.inode !== ino || before.next > size) return false;
  return before.mark.equals(await readMark(file, before.next));
}

async function readMark(file: FileHandle, end: number): Promise<Buffer> {
  const length = Math.min(MARK_BYTES, end);
  const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, end - length);
  return buffer.subarray(0, bytesRead);
}
