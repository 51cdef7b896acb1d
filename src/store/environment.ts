import { join } from 'node:path';
import { type Database, open, type RootDatabase } from 'lmdb';
import { DATA_FILE, type DatabaseName } from './contents.js';
import { freeBytes, writesInPlace } from './disk_space.js';
import { failedError, fullError, systemFault } from './faults.js';
import { type Footprint, type Grant, Headroom } from './headroom.js';
import { revisionBytes } from './keys.js';
import { prepareLockFile } from './lock_file.js';

/** Address space, not memory and not disk; LMDB maps the file again beyond it. */
const MAP_BYTES = 2 ** 34;
/** A flag of lmdb's transactionSync. */
const COMMIT_BEFORE_RETURN = 2;
/** LMDB gives a value of about this size pages of its own. */
const LARGE_BYTES = 1_500;
const SMALLEST_PAGE_BYTES = 4_096;
const OPAQUE = { encoding: 'binary', keyEncoding: 'binary' } as const;

/** One thing to write; without a value, to delete. */
export interface Write {
  readonly database: DatabaseName;
  readonly key: Buffer;
  readonly value: Buffer | undefined;
}

/** Writes that take effect together. */
export type Step = readonly Write[];

/**
 * One LMDB environment, already checked. A write is one transaction of all its
 * steps, one at a time; after one that failed there must be no other.
 */
export class Environment {
  readonly folder: string;
  readonly #sync: boolean;
  readonly #root: RootDatabase<Buffer, Buffer>;
  readonly #databases: Readonly<Record<DatabaseName, Database<Buffer, Buffer>>>;
  readonly #headroom: Headroom;

  constructor(folder: string, sync: boolean) {
    this.folder = folder;
    this.#sync = sync;
    // Without overlappingSync a commit is reported after its own fsync.
    const options = { ...OPAQUE, path: folder, noSync: !sync, overlappingSync: false, maxDbs: 3, maxReaders: 8 };
    const fileMode = { permissionsMode: 0o600, noSubdir: false };
    try {
      prepareLockFile(folder);
      this.#root = open<Buffer, Buffer>({ ...options, ...fileMode, mapSize: MAP_BYTES });
      this.#databases = {
        records: this.#root.openDB('records', OPAQUE),
        events: this.#root.openDB('events', OPAQUE),
        marks: this.#root.openDB('marks', OPAQUE),
      };
      const spareBytes = writesInPlace(folder) ? undefined : () => freeBytes(folder);
      this.#headroom = new Headroom(join(folder, DATA_FILE), spareBytes);
    } catch (error) {
      throw systemFault(folder, error);
    }
  }

  /**
   * To be called right before a write, while none is under way: whether there
   * is room for more than what ends or changes a record. Throws `full` where
   * there is no room even for these steps.
   */
  makeRoom(steps: readonly Step[]): boolean {
    let grant: Grant;
    try {
      grant = this.#headroom.grant(footprintOf(steps), () => this.#addsRecord(steps));
    } catch (error) {
      throw failedError(this.folder, error);
    }
    if (grant === 'none') throw fullError(this.folder);
    return grant === 'free';
  }

  /** Whether there is room for many more records. Only while no write is under way. */
  hasRoom(): boolean {
    try {
      return this.#headroom.hasRoom();
    } catch {
      // The next write meets the same fault and tells of it.
      return false;
    }
  }

  /** Resolves once the steps are committed, and on the disk where this environment waits for it. */
  async write(steps: readonly Step[]): Promise<void> {
    try {
      // Memory is faster than another thread; the disk is not.
      if (this.#sync) await this.#root.batch(() => this.#put(steps));
      else this.#root.transactionSync(() => this.#put(steps), COMMIT_BEFORE_RETURN);
    } catch (error) {
      // No second try, not even for want of room: a failed write leaves LMDB's memory in doubt.
      throw failedError(this.folder, await reasonOf(error));
    }
  }

  /** Keys of events up to this revision, oldest first. */
  eventsUpTo(revision: number, limit: number): Buffer[] {
    const range = { start: revisionBytes(0), end: revisionBytes(revision), inclusiveEnd: true, limit };
    const keys = [...this.#databases.events.getKeys(range)];
    // A reader that is kept open would keep LMDB from using freed pages again.
    this.#root.resetReadTxn();
    return keys;
  }

  async close(): Promise<void> {
    this.#headroom.close();
    await this.#root.close();
  }

  #put(steps: readonly Step[]): void {
    for (const step of steps) {
      for (const { database, key, value } of step) {
        if (value === undefined) this.#databases[database].remove(key);
        else this.#databases[database].put(key, value);
      }
    }
  }

  #addsRecord(steps: readonly Step[]): boolean {
    const { records } = this.#databases;
    const adds = steps.some((step) =>
      step.some((write) => write.database === 'records' && write.value !== undefined && !records.doesExist(write.key)),
    );
    this.#root.resetReadTxn();
    return adds;
  }
}

function footprintOf(steps: readonly Step[]): Footprint {
  const footprint = { writes: 0, smallBytes: 0, largePages: 0 };
  for (const step of steps) {
    footprint.writes += step.length;
    for (const { key, value } of step) {
      const bytes = value === undefined ? 0 : key.length + value.length;
      if (bytes > LARGE_BYTES) footprint.largePages += 1 + Math.ceil(bytes / SMALLEST_PAGE_BYTES);
      else footprint.smallBytes += bytes;
    }
  }
  return footprint;
}

/** lmdb rejects with a wrapper that holds a promise of the true error. */
async function reasonOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error && 'commitError' in error)) return error;
  try {
    await error.commitError;
    return error;
  } catch (reason) {
    return reason;
  }
}
