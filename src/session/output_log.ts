import { watch } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../os/errno.js';
import { oldestOf, type Segment, segmentAt, segmentsOf } from './output_rules.js';

export type StreamName = 'stdout' | 'stderr';

/** Bytes of each stream so far, those included that are no longer kept. */
export interface OutputSizes {
  readonly stdout: number;
  readonly stderr: number;
}

/** What the shim names the files of each. */
const PREFIX: Readonly<Record<StreamName, string>> = { stdout: 'out', stderr: 'err' };
/** Waits no longer than this for the kernel's word that something changed. */
const LOOK_AGAIN_MS = 1_000;
/** A segment can go while it is looked for: the program prints, and the oldest is dropped. */
const TRIES = 5;

/** What a launched session has printed, as its shim keeps it: the newest bytes of both streams, by their true offsets. */
export class OutputLog {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async sizes(): Promise<OutputSizes> {
    const names = await this.#names();
    const [stdout, stderr] = await Promise.all([this.#end('stdout', names), this.#end('stderr', names)]);
    return { stdout, stderr };
  }

  /** When it last printed; undefined: never. */
  async activityWallMs(): Promise<number | undefined> {
    const names = await this.#names();
    const newest = await Promise.all([this.#activity('stdout', names), this.#activity('stderr', names)]);
    const known = newest.filter((wallMs) => wallMs !== undefined);
    return known.length === 0 ? undefined : Math.max(...known);
  }

  /**
   * From an offset on, or from the oldest byte that is kept where that comes
   * later. No bytes: there are none yet.
   */
  async read(
    stream: StreamName,
    offset: number,
    maxBytes: number,
  ): Promise<{ readonly offset: number; readonly bytes: Buffer }> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const segments = segmentsOf(PREFIX[stream], await this.#names());
      const chunks: Buffer[] = [];
      const begin = await this.#collect(segments, Math.max(offset, oldestOf(segments)), maxBytes, chunks);
      if (begin !== undefined) return { offset: begin, bytes: Buffer.concat(chunks) };
    }
    return { offset, bytes: Buffer.alloc(0) };
  }

  /** The last so many bytes, as far as they are kept. */
  async tail(stream: StreamName, bytes: number): Promise<Buffer> {
    const end = await this.#end(stream, await this.#names());
    const chunks: Buffer[] = [];
    let offset = Math.max(0, end - bytes);
    while (offset < end) {
      const piece = await this.read(stream, offset, end - offset);
      if (piece.bytes.length === 0) break;
      chunks.push(piece.bytes);
      offset = piece.offset + piece.bytes.length;
    }
    return Buffer.concat(chunks).subarray(-bytes);
  }

  /** Resolves when there may be more, by a change since this call or after a while, and when the signal aborts. */
  async changed(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const watched = watchFolder(this.#folder, signal);
    try {
      await watched.change;
    } finally {
      watched.close();
    }
  }

  async #names(): Promise<readonly string[]> {
    try {
      return await readdir(this.#folder);
    } catch (error) {
      // Forgotten: then it has printed nothing.
      if (errnoOf(error) === 'ENOENT') return [];
      throw error;
    }
  }

  async #end(stream: StreamName, names: readonly string[]): Promise<number> {
    let segments = segmentsOf(PREFIX[stream], names);
    for (let tries = 0; tries < TRIES; tries += 1) {
      const newest = segments.at(-1);
      if (newest === undefined) return 0;
      const facts = await this.#stat(newest);
      if (facts !== undefined) return newest.offset + facts.size;
      segments = segmentsOf(PREFIX[stream], await this.#names());
    }
    return 0;
  }

  /** By the newest file with anything in it. */
  async #activity(stream: StreamName, names: readonly string[]): Promise<number | undefined> {
    for (const segment of segmentsOf(PREFIX[stream], names).toReversed().slice(0, 2)) {
      const facts = await this.#stat(segment);
      if (facts !== undefined && facts.size > 0) return facts.mtimeMs;
    }
    return undefined;
  }

  async #stat({ name }: Segment): Promise<{ readonly size: number; readonly mtimeMs: number } | undefined> {
    try {
      return await stat(join(this.#folder, name));
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Gathers bytes that follow each other, and answers the offset of the first; undefined: look again. */
  async #collect(
    segments: readonly Segment[],
    from: number,
    maxBytes: number,
    chunks: Buffer[],
  ): Promise<number | undefined> {
    let begin = from;
    let next = from;
    let left = maxBytes;
    while (left > 0) {
      const segment = segmentAt(segments, next);
      if (segment === undefined) break;
      const bytes = await this.#readSegment(segment, next, left);
      if (bytes === undefined) {
        if (chunks.length === 0) return undefined;
        break;
      }
      chunks.push(bytes);
      next += bytes.length;
      left -= bytes.length;
      if (bytes.length > 0) continue;
      const following = segments[segments.indexOf(segment) + 1];
      // What is missing before the next one was lost to a full disk: the answer begins after it, or ends before it.
      if (following === undefined || next > begin) break;
      begin = following.offset;
      next = following.offset;
    }
    return begin;
  }

  async #readSegment(segment: Segment, offset: number, maxBytes: number): Promise<Buffer | undefined> {
    try {
      const file = await open(join(this.#folder, segment.name), 'r');
      try {
        const { size } = await file.stat();
        const length = Math.min(maxBytes, Math.max(0, size - (offset - segment.offset)));
        const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, offset - segment.offset);
        return buffer.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }
}

/** Resolves at the first change in a folder, at the signal's abort, or after a while. */
function watchFolder(folder: string, signal: AbortSignal): { readonly change: Promise<void>; close(): void } {
  let tell: () => void = () => undefined;
  const change = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const timer = setTimeout(tell, LOOK_AGAIN_MS);
  signal.addEventListener('abort', tell, { once: true });
  const stop = startWatch(folder, tell);
  return {
    change,
    close: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', tell);
      stop();
    },
  };
}

/** Where the kernel watches no more folders for us, the timer alone tells. */
function startWatch(folder: string, tell: () => void): () => void {
  try {
    const watcher = watch(folder, tell);
    watcher.on('error', tell);
    return () => watcher.close();
  } catch {
    return () => undefined;
  }
}
