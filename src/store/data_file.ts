import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { META_BYTES, META_PAGES, type Meta, readMeta } from './page.js';

const SMALLEST_PAGE = 512;
const LARGEST_PAGE = 65_536;

/** What is wrong with a data file, to be told to an operator. */
export class Damage extends Error {
  override readonly name = 'Damage';
}

/** An LMDB data file read without LMDB, which would crash the process on a damaged one. */
export class DataFile {
  readonly #fd: number;
  readonly bytes: number;
  readonly meta: Meta;

  /** Throws Damage where no meta page can be trusted. */
  constructor(path: string) {
    this.#fd = openSync(path, 'r');
    try {
      this.bytes = fstatSync(this.#fd).size;
      this.meta = this.#newestMeta();
    } catch (error) {
      closeSync(this.#fd);
      throw error;
    }
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** Fills the buffer with the pages from this one on. */
  readPages(page: number, into: Buffer): void {
    const at = page * this.meta.pageBytes;
    if (readSync(this.#fd, into, 0, into.length, at) !== into.length) {
      throw new Damage(`it ends at byte ${this.bytes}, before page ${page} that it uses`);
    }
  }

  /** Transaction N writes meta page N mod 2: the older page vouches for the newer one's number. */
  #newestMeta(): Meta {
    const even = this.#metaAt(0, 0);
    const odd = this.#metaAt(1, even.pageBytes);
    const inTurn = even.transaction % META_PAGES === 0 && odd.transaction % META_PAGES === 1;
    const adjacent = Math.abs(odd.transaction - even.transaction) === 1;
    if (!inTurn || !adjacent || odd.pageBytes !== even.pageBytes) {
      throw new Damage('its two meta pages do not fit together');
    }
    return odd.transaction > even.transaction ? odd : even;
  }

  #metaAt(number: number, offset: number): Meta {
    const page = Buffer.alloc(META_BYTES);
    const read = readSync(this.#fd, page, 0, META_BYTES, offset);
    if (read < META_BYTES) throw new Damage(`it is cut short: ${this.bytes} bytes are left`);
    const meta = readMeta(page, number);
    if (meta === undefined || !isPageSize(meta.pageBytes))
      throw new Damage(`the meta page at byte ${offset} is broken`);
    return meta;
  }
}

function isPageSize(bytes: number): boolean {
  return bytes >= SMALLEST_PAGE && bytes <= LARGEST_PAGE && Number.isInteger(Math.log2(bytes));
}
