import { readdirSync, statSync, watch } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../../os/errno.js';
import { oldestOf, type Segment, segmentAt, segmentsOf } from './output_rules.js';

type StreamName = 'stdout' | 'stderr';

/** Bytes of each stream so far, those included that are no longer kept. */
interface OutputSizes {
  readonly stdout: number;
  readonly stderr: number;
}

interface StreamState {
  readonly end: number;
  /** 0: it has printed nothing. */
  readonly activityWallMs: number;
}

/** What the shim names the files of each. */
const PREFIX: Readonly<Record<StreamName, string>> = { stdout: 'out', stderr: 'err' };
/** Waits no longer than this for the kernel's word that something changed. */
const LOOK_AGAIN_MS = 1_000;
/** A segment can go while it is looked for: the program prints, and the oldest is dropped. */
const TRIES = 5;
/** A folder that has not changed for so long shows its next change by its time. */
const SETTLED_MS = 1_000;

/** What a launched session has printed, as its shim keeps it: the newest bytes of both streams, by their true offsets. */
export class OutputLog {
  readonly #folder: string;
  readonly #wallMs: () => number;
  #known: { readonly mtimeMs: number; readonly names: readonly string[] } | undefined;

  constructor(folder: string, wallMs: () => number = Date.now) {
    this.#folder = folder;
    this.#wallMs = wallMs;
  }

  async sizes(): Promise<OutputSizes> {
    const names = this.#names();
    return { stdout: this.#state('stdout', names).end, stderr: this.#state('stderr', names).end };
  }

  /** When it last printed; undefined: never. */
  async activityWallMs(): Promise<number | undefined> {
    const names = this.#names();
    const newest = Math.max(this.#state('stdout', names).activityWallMs, this.#state('stderr', names).activityWallMs);
    return newest === 0 ? undefined : newest;
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
      const segments = segmentsOf(PREFIX[stream], tries === 0 ? this.#names() : this.#readNames());
      const chunks: Buffer[] = [];
      const begin = await this.#collect(segments, Math.max(offset, oldestOf(segments)), maxBytes, chunks);
      if (begin !== undefined) return { offset: begin, bytes: Buffer.concat(chunks) };
    }
    return { offset, bytes: Buffer.alloc(0) };
  }

  /** The last so many bytes, as far as they are kept. */
  async tail(stream: StreamName, bytes: number): Promise<Buffer> {
    const { end } = this.#state(stream, this.#names());
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

  /**
   * The files of the folder, read again only where some came or went. At once,
   * not in turns: a list asks hundreds of sessions, and each takes some µs.
   */
  #names(): readonly string[] {
    const folder = statSync(this.#folder, { throwIfNoEntry: false });
    // Forgotten: then it has printed nothing.
    if (folder === undefined) return [];
    if (this.#known?.mtimeMs === folder.mtimeMs) return this.#known.names;
    const names = this.#readNames();
    // Of two changes in one tick of the kernel's clock only the first would show.
    const settled = this.#wallMs() - folder.mtimeMs > SETTLED_MS;
    this.#known = settled ? { mtimeMs: folder.mtimeMs, names } : undefined;
    return names;
  }

  #readNames(): readonly string[] {
    try {
      return readdirSync(this.#folder);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return [];
      throw error;
    }
  }

  #state(stream: StreamName, names: readonly string[]): StreamState {
    let segments = segmentsOf(PREFIX[stream], names);
    for (let tries = 0; tries < TRIES; tries += 1) {
      const [newest, before] = segments.slice(-2).toReversed();
      if (newest === undefined) break;
      const facts = this.#stat(newest);
      if (facts !== undefined) {
        // The newest may have been begun, and nothing be in it yet.
        const printed = facts.size > 0 || before === undefined ? facts : this.#stat(before);
        const activityWallMs = printed === undefined || printed.size === 0 ? 0 : printed.mtimeMs;
        return { end: newest.offset + facts.size, activityWallMs };
      }
      segments = segmentsOf(PREFIX[stream], this.#readNames());
    }
    return { end: 0, activityWallMs: 0 };
  }

  #stat({ name }: Segment): { readonly size: number; readonly mtimeMs: number } | undefined {
    return statSync(join(this.#folder, name), { throwIfNoEntry: false });
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
