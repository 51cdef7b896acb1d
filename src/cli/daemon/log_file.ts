import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { ExitCode } from '../exit_codes.js';
import { Failure } from '../failure.js';

/** How much is read at once. */
const CHUNK_BYTES = 64 * 1024;
/** How much of a followed file is enough for a while. */
const ENOUGH_BYTES = 1024 * 1024;
/** How often a followed file is looked at, in milliseconds. */
const LOOK_MS = 200;
const NEWLINE = 0x0a;

/** A place in a file that may be rotated away. */
export interface LogPosition {
  readonly inode: number;
  /** Where the next unread line begins. */
  readonly offset: number;
}

export interface LogEnd {
  readonly lines: readonly string[];
  readonly end: LogPosition;
}

/** The last whole lines, also of the file before the last rotation. */
export async function readLastLines(path: string, count: number): Promise<LogEnd> {
  const current = await readEnd(path, count);
  if (current === undefined) {
    throw new Failure(
      'NO_LOG',
      ExitCode.UNREACHABLE,
      `there is no log at ${path}`,
      "start the daemon with 'tenure daemon start'",
    );
  }
  const { lines, end } = current;
  const before = lines.length < count ? await readEnd(`${path}.1`, count - lines.length) : undefined;
  // The same file, where it was rotated just now.
  if (before === undefined || before.end.inode === end.inode) return current;
  return { lines: [...before.lines, ...lines], end };
}

/** The last whole lines of one file, read from the end: it may be large. Undefined where there is none. */
async function readEnd(path: string, count: number): Promise<LogEnd | undefined> {
  const file = await openLog(path);
  if (file === undefined) return undefined;
  try {
    const { size, ino } = await file.stat();
    const chunks: Buffer[] = [];
    let start = size;
    let found = 0;
    while (start > 0 && found <= count) {
      const length = Math.min(CHUNK_BYTES, start);
      start -= length;
      const chunk = await readAt(file, start, length);
      chunks.unshift(chunk);
      found += countLines(chunk);
    }
    const bytes = Buffer.concat(chunks);
    const whole = bytes.subarray(0, bytes.lastIndexOf(NEWLINE) + 1);
    const lines = splitLines(whole);
    return { lines: count === 0 ? [] : lines.slice(-count), end: { inode: ino, offset: start + whole.length } };
  } finally {
    await file.close();
  }
}

/** Lines as they are written, through rotation and truncation, without end. */
export async function* followLines(path: string, from: LogPosition): AsyncGenerator<string> {
  let position = from;
  for (;;) {
    const read = await readOn(path, position);
    yield* read.lines;
    position = read.end;
    if (read.lines.length === 0) await delay(LOOK_MS);
  }
}

async function readOn(path: string, position: LogPosition): Promise<LogEnd> {
  const file = await openLog(path);
  if (file === undefined) return { lines: [], end: position };
  try {
    const { size, ino } = await file.stat();
    if (ino !== position.inode) {
      const rest = await readRest(`${path}.1`, position);
      if (rest.lines.length > 0) return rest;
    }
    const isSame = ino === position.inode && size >= position.offset;
    return await readLines(file, { inode: ino, offset: isSame ? position.offset : 0 }, size);
  } finally {
    await file.close();
  }
}

/** What was written to a file between the last look and its rotation. */
async function readRest(path: string, position: LogPosition): Promise<LogEnd> {
  const nothing = { lines: [], end: position };
  const file = await openLog(path);
  if (file === undefined) return nothing;
  try {
    const { size, ino } = await file.stat();
    return ino === position.inode ? await readLines(file, position, size) : nothing;
  } finally {
    await file.close();
  }
}

/** Some whole lines from there on: one at least where there is one, however long. */
async function readLines(file: FileHandle, { inode, offset }: LogPosition, size: number): Promise<LogEnd> {
  const chunks: Buffer[] = [];
  let read = 0;
  while (offset + read < size && !(read >= ENOUGH_BYTES && chunks.some((chunk) => chunk.includes(NEWLINE)))) {
    const chunk = await readAt(file, offset + read, Math.min(size - offset - read, CHUNK_BYTES));
    if (chunk.length === 0) break;
    chunks.push(chunk);
    read += chunk.length;
  }
  const bytes = Buffer.concat(chunks);
  const whole = bytes.subarray(0, bytes.lastIndexOf(NEWLINE) + 1);
  return { lines: splitLines(whole), end: { inode, offset: offset + whole.length } };
}

async function openLog(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    // Not written yet, or between two files of a rotation.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}

function splitLines(whole: Buffer): string[] {
  return whole.length === 0 ? [] : whole.toString('utf8').slice(0, -1).split('\n');
}
