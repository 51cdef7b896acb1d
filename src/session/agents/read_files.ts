import type { FoundFile } from './found_files.js';
import { isUnchanged, type LineFold, type ReadFile, readGrowingFile } from './growing_file.js';

/** What was read of files that grow. A file that has not changed is not opened again. */
export class ReadFiles<S> {
  readonly #fold: LineFold<S>;
  #read = new Map<string, ReadFile<S>>();

  constructor(fold: LineFold<S>) {
    this.#fold = fold;
  }

  /** How many files are remembered. */
  get size(): number {
    return this.#read.size;
  }

  /**
   * The states of these files, by path. All others are forgotten. A file that
   * can't be read is left out: one of another user's must not hide the rest.
   */
  async read(files: readonly FoundFile[], signal: AbortSignal): Promise<ReadonlyMap<string, S>> {
    const read = new Map<string, ReadFile<S>>();
    try {
      for (const { path, stats } of files) {
        signal.throwIfAborted();
        const before = this.#read.get(path);
        const now = before !== undefined && isUnchanged(before, stats) ? before : await this.#open(path, stats, signal);
        if (now !== undefined) read.set(path, now);
      }
    } catch (error) {
      // What was read so far need not be read again.
      this.#read = new Map([...this.#read, ...read]);
      throw error;
    }
    this.#read = read;
    return new Map([...read].map(([path, { state }]) => [path, state]));
  }

  async #open(path: string, stats: FoundFile['stats'], signal: AbortSignal): Promise<ReadFile<S> | undefined> {
    try {
      return await readGrowingFile(path, stats, this.#read.get(path), this.#fold, signal);
    } catch {
      // Gone, locked away, or a broken disk; where it was the end of the time, that is thrown here.
      signal.throwIfAborted();
      return undefined;
    }
  }
}
