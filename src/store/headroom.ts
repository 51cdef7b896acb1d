import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { noRoom } from './faults.js';
import { META_BYTES, META_PAGES, type Meta, readMeta } from './page.js';

/** Written at once, to spare system calls. */
const STEP_BYTES = 1 << 20;
/** Kept back for commits that add no record, so that a lease can end on a full disk. */
const RESERVE_BYTES = 1 << 20;
/** Where every write needs new room: less than this, and nothing is written; less than that, and no record is added. */
const SPARE_BYTES = 4 << 20;
const SPARE_BYTES_TO_GROW = 16 << 20;
/** Pages that any transaction may take: the way down its trees and the lists of free pages. */
const PAGES_ANY = 32;

const ZEROS = Buffer.alloc(STEP_BYTES);

/** What a transaction writes, as far as room goes. */
export interface Footprint {
  writes: number;
  /** Keys and values that share pages. */
  smallBytes: number;
  largePages: number;
}

/** How a transaction may begin: with room to spare, out of the reserve, or not at all. */
export type Grant = 'free' | 'reserve' | 'none';

/**
 * Pages at the end of a data file that are written before LMDB needs them, so
 * that a full disk shows here, cleanly, and never inside of a transaction, and
 * that the reserve cannot be taken by whoever fills the disk.
 */
export class Headroom {
  readonly #fd: number;
  readonly #spareBytes: (() => number) | undefined;
  readonly #pageBytes: number;
  #pages = 0;
  /** A lower bound of the free pages: as last read, less what was granted since. */
  #free = 0;
  #lastPage = 0;

  /** `spareBytes`: what the disk has free, where pages that were written are no promise of room; else undefined. */
  constructor(dataFile: string, spareBytes: (() => number) | undefined) {
    this.#spareBytes = spareBytes;
    this.#fd = openSync(dataFile, 'r+');
    try {
      this.#pageBytes = Math.max(...this.#readMetas().map((meta) => meta.pageBytes));
      // The reserve is set aside while there is room for it.
      this.#refresh(this.#reservePages + PAGES_ANY);
    } catch (error) {
      closeSync(this.#fd);
      throw error;
    }
  }

  /** To be asked right before a transaction, while none is under way. One that adds no record may use the reserve. */
  grant(footprint: Footprint, addsRecord: () => boolean): Grant {
    const most = this.#pagesFor(footprint);
    const wanted = most + this.#reservePages;
    if (this.#free < wanted) this.#refresh(wanted);
    const spare = this.#spareBytes?.() ?? Number.POSITIVE_INFINITY;
    if (this.#free < most || spare < SPARE_BYTES) return 'none';
    const free = this.#free >= wanted && spare >= SPARE_BYTES_TO_GROW;
    if (!free && addsRecord()) return 'none';
    this.#free -= most;
    return free ? 'free' : 'reserve';
  }

  /** Whether there is room for many more records, not just for one that would fill the disk again. */
  hasRoom(): boolean {
    const wanted = 2 * this.#reservePages;
    this.#refresh(wanted);
    return this.#free >= wanted && (this.#spareBytes?.() ?? Number.POSITIVE_INFINITY) >= 2 * SPARE_BYTES_TO_GROW;
  }

  close(): void {
    closeSync(this.#fd);
  }

  get #reservePages(): number {
    return Math.ceil(RESERVE_BYTES / this.#pageBytes);
  }

  #pagesFor({ writes, smallBytes, largePages }: Footprint): number {
    const touched = 2 * Math.min(writes, this.#lastPage);
    const filled = 2 * Math.ceil(smallBytes / this.#pageBytes);
    const lists = Math.ceil(this.#lastPage / 256);
    return PAGES_ANY + lists + touched + filled + largePages;
  }

  #refresh(wanted: number): void {
    this.#lastPage = Math.max(...this.#readMetas().map((meta) => meta.lastPage));
    // Never below what LMDB may have written itself.
    this.#pages = Math.max(this.#lastPage + 1, Math.ceil(fstatSync(this.#fd).size / this.#pageBytes));
    this.#free = this.#pages - this.#lastPage - 1;
    while (this.#free < wanted) {
      const added = this.#extend();
      if (added === 0) return;
      this.#free += added;
    }
  }

  /** Adds up to a step of zeros, as far as the disk has room; the number of pages. */
  #extend(): number {
    let written = 0;
    try {
      written = writeSync(this.#fd, ZEROS, 0, STEP_BYTES, this.#pages * this.#pageBytes);
    } catch (error) {
      if (!noRoom(error)) throw error;
    }
    const added = Math.floor(written / this.#pageBytes);
    this.#pages += added;
    return added;
  }

  #readMetas(): Meta[] {
    const bytes = Buffer.allocUnsafe(META_BYTES);
    const metas: Meta[] = [];
    for (let offset = 0; metas.length < META_PAGES; offset = metas[0]?.pageBytes ?? 0) {
      const read = readSync(this.#fd, bytes, 0, META_BYTES, offset);
      const meta = read === META_BYTES ? readMeta(bytes, metas.length) : undefined;
      if (meta === undefined) throw new Error('its meta pages have been overwritten');
      metas.push(meta);
    }
    return metas;
  }
}
