import { closeSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf, messageOf } from '../os/errno.js';
import { makeFolders } from '../os/make_folders.js';
import { type JournalEntry, readJournalLine } from './journal_lines.js';

const NAME = 'runs.jsonl';
const PRIVATE_FILE = 0o600;
/** The file is written anew once it is twice as long as what is alive in it, and this much. */
const SLACK_BYTES = 256 * 1024;
/** Pause before a file that could not be written is tried again. */
const RETRY_MS = 30_000;

export interface TaskJournalParts {
  /** `tasks` in the state folder. */
  readonly folder: string;
  /** All that is alive, a line each. */
  readonly alive: () => Iterable<string>;
  /** Bytes of that. */
  readonly aliveBytes: () => number;
  /** It can't be written; what is known in memory is whole all the same. */
  readonly onFault: (error: unknown) => void;
  readonly onRecovered: () => void;
}

export interface FoundJournal {
  readonly entries: readonly JournalEntry[];
  /** Lines that say nothing: torn by a crash or a full disk, or of another version. */
  readonly damaged: number;
  /** Why there is no history although there was one. What can't be read was set aside, where that could be done. */
  readonly unreadable: string | undefined;
}

/**
 * A file to which each record is added as a line, so that a kill of the daemon
 * takes none of them. It is written anew when most of it is past, beside the
 * old one: what is added meanwhile goes to both. Faults are told and tried
 * again; none of them reaches the caller.
 */
export class TaskJournal {
  readonly #parts: TaskJournalParts;
  readonly #path: string;
  #file: number | undefined;
  #bytes = 0;
  /** Lines since the rewriting under way began. */
  #since: string[] | undefined;
  #rewriting: Promise<void> = Promise.resolve();
  /** Its last line has no end. */
  #isTorn = false;
  /** The file lacks lines that memory has. */
  #lacking = false;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(parts: TaskJournalParts) {
    this.#parts = parts;
    this.#path = join(parts.folder, NAME);
  }

  /** Reads what earlier runs left. No history is worth a daemon that does not start. */
  load(): FoundJournal {
    try {
      return this.#load();
    } catch (error) {
      return { entries: [], damaged: 0, unreadable: `${messageOf(error)}; ${this.#setAside()}` };
    }
  }

  #load(): FoundJournal {
    const text = readIfThere(this.#path);
    this.#bytes = Buffer.byteLength(text);
    this.#isTorn = text !== '' && !text.endsWith('\n');
    const lines = text.split('\n').filter((line) => line !== '');
    const entries = lines.flatMap((line) => readJournalLine(line) ?? []);
    return { entries, damaged: lines.length - entries.length, unreadable: undefined };
  }

  #setAside(): string {
    const aside = `${this.#path}.unreadable`;
    try {
      renameSync(this.#path, aside);
      return `it is ${aside} now`;
    } catch (error) {
      return `it could not be set aside: ${messageOf(error)}`;
    }
  }

  append(line: string): void {
    if (this.#closed) return;
    this.#since?.push(line);
    if (this.#lacking) return;
    try {
      this.#file ??= this.#open();
      // After what a crash has left of a line.
      this.#bytes += writeWhole(this.#file, this.#isTorn ? `\n${line}` : line);
      this.#isTorn = false;
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (this.#bytes > 2 * this.#parts.aliveBytes() + SLACK_BYTES) this.rewrite();
  }

  /** Leaves out what is past. */
  rewrite(): void {
    if (this.#since !== undefined || this.#closed) return;
    this.#since = [];
    const lines = [...this.#parts.alive()];
    this.#rewriting = this.#writeAnew(lines);
  }

  /** Waits for what is under way. What could not be written so far gets one more try. */
  async close(): Promise<void> {
    clearTimeout(this.#retry);
    await this.#rewriting;
    if (this.#lacking) {
      this.rewrite();
      await this.#rewriting;
    }
    this.#closed = true;
    clearTimeout(this.#retry);
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  async #writeAnew(lines: readonly string[]): Promise<void> {
    const content = lines.join('');
    const fresh = join(this.#parts.folder, `.new-${NAME}`);
    try {
      makeFolders(this.#parts.folder);
      const file = await open(fresh, 'w', PRIVATE_FILE);
      try {
        await file.writeFile(content);
        await file.sync();
      } finally {
        await file.close();
      }
      this.#takeInPlace(fresh, Buffer.byteLength(content));
      this.#lacking = false;
      this.#parts.onRecovered();
    } catch (error) {
      await unlink(fresh).catch(() => undefined);
      this.#since = undefined;
      this.#fail(error);
    }
  }

  /** In one turn, so that no line falls between the two files. */
  #takeInPlace(fresh: string, size: number): void {
    let bytes = size;
    const file = openSync(fresh, 'a', PRIVATE_FILE);
    try {
      for (const line of this.#since ?? []) bytes += writeWhole(file, line);
      renameSync(fresh, this.#path);
    } catch (error) {
      closeSync(file);
      throw error;
    }
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = file;
    this.#bytes = bytes;
    this.#since = undefined;
    this.#isTorn = false;
  }

  #open(): number {
    makeFolders(this.#parts.folder);
    return openSync(this.#path, 'a', PRIVATE_FILE);
  }

  #fail(error: unknown): void {
    this.#lacking = true;
    this.#parts.onFault(error);
    if (this.#closed) return;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.rewrite(), RETRY_MS);
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return '';
    throw error;
  }
}

/** What is torn by a full disk is written anew with all the rest. */
function writeWhole(file: number, line: string): number {
  const bytes = Buffer.from(line);
  if (writeSync(file, bytes) !== bytes.length) throw new Error('a line was written in part; the disk may be full');
  return bytes.length;
}
