import { Damage, type DataFile } from './data_file.js';
import {
  BRANCH_PAGE,
  type BYTE_KEYS,
  LEAF_PAGE,
  META_PAGES,
  NO_PAGE,
  NODE_HEADER_BYTES,
  NODE_ON_OVERFLOW,
  NUMBER_KEYS,
  OVERFLOW_PAGE,
  PAGE_HEADER_BYTES,
  readWord,
  type Tree,
} from './page.js';

const DEEPEST_TREE = 32;
const NUMBER_KEY_BYTES = 8;
const OVERFLOW_REFERENCE_BYTES = 24;

/** Key, value and node flags; the bytes are overwritten after the call. */
export type VisitEntry = (key: Buffer, value: Buffer, flags: number) => void;
/** How the keys of a tree are made: bytes, or 64-bit numbers in the machine's order. */
type KeyKind = typeof BYTE_KEYS | typeof NUMBER_KEYS;

/** Bytes of one page. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** The walk through one tree. */
interface Walk {
  readonly tree: Tree;
  readonly keys: KeyKind;
  readonly visit: VisitEntry;
  /** No later key may be below it, and none of a leaf equal to one of a leaf. */
  last: { key: Buffer; ofLeaf: boolean } | undefined;
  branchPages: number;
  leafPages: number;
  overflowPages: number;
  entries: number;
}

/**
 * Walks every page that is in use and checks all that LMDB takes for granted:
 * each page is in the file, is what it should be and belongs to one place, its
 * nodes lie inside it, its keys ascend, and the counts agree.
 */
export class TreeReader {
  readonly #file: DataFile;
  readonly #pageBytes: number;
  readonly #used: Uint8Array;
  /** One page for each level of the tree. */
  readonly #pages: Buffer[] = [];

  constructor(file: DataFile) {
    const { lastPage, pageBytes } = file.meta;
    if (!(lastPage >= META_PAGES - 1 && lastPage <= file.bytes)) throw new Damage('its number of pages is impossible');
    this.#file = file;
    this.#pageBytes = pageBytes;
    this.#used = new Uint8Array(lastPage + 1).fill(1, 0, META_PAGES);
  }

  /** Visits the entries in key order. Throws Damage. */
  read(tree: Tree, keys: KeyKind, visit: VisitEntry): void {
    if (tree.flags !== keys) throw new Damage(`a tree has the unknown flags ${tree.flags}`);
    if (tree.depth > DEEPEST_TREE) throw new Damage(`a tree claims to be ${tree.depth} pages deep`);
    if ((tree.root === NO_PAGE) !== (tree.depth === 0)) throw new Damage('a tree has lost its root');
    const counts = { branchPages: 0, leafPages: 0, overflowPages: 0, entries: 0 };
    const walk: Walk = { tree, keys, visit, last: undefined, ...counts };
    if (tree.root !== NO_PAGE) this.#readPage(walk, tree.root, 1);
    const agree =
      walk.branchPages === tree.branchPages &&
      walk.leafPages === tree.leafPages &&
      walk.overflowPages === tree.overflowPages &&
      walk.entries === tree.entries;
    if (!agree) throw new Damage(`a tree should hold ${tree.entries} entries, ${walk.entries} are there`);
  }

  /** Notes pages as used: by one place only. */
  claim(first: number, count: number): void {
    if (!(first >= META_PAGES && first + count <= this.#used.length)) {
      throw new Damage(`it refers to page ${first}, which it lacks`);
    }
    for (let page = first; page < first + count; page += 1) {
      if (this.#used[page] === 1) throw new Damage(`page ${page} is used twice`);
      this.#used[page] = 1;
    }
  }

  #readPage(walk: Walk, number: number, level: number): void {
    this.claim(number, 1);
    this.#pages[level] ??= Buffer.alloc(this.#pageBytes);
    const page = this.#pages[level];
    this.#file.readPages(number, page);
    const isLeaf = level === walk.tree.depth;
    this.#checkHeader(page, number, isLeaf ? LEAF_PAGE : BRANCH_PAGE);
    if (isLeaf) this.#readLeaf(walk, page, number);
    else this.#readBranch(walk, page, number, level);
  }

  #readBranch(walk: Walk, page: Buffer, number: number, level: number): void {
    walk.branchPages += 1;
    const spans: Span[] = [];
    for (const [index, at] of this.#nodes(page, number).entries()) {
      const key = this.#keyAt(page, at, number);
      spans.push({ start: at, end: at + NODE_HEADER_BYTES + key.length });
      // The first key stands for all before the second; its own bytes mean nothing.
      if (index > 0) this.#ascend(walk, { key, ofLeaf: false }, number);
      const child = page.readUInt16LE(at) + page.readUInt16LE(at + 2) * 2 ** 16 + page.readUInt16LE(at + 4) * 2 ** 32;
      this.#readPage(walk, child, level + 1);
    }
    this.#checkPacked(page, number, spans);
  }

  #readLeaf(walk: Walk, page: Buffer, number: number): void {
    walk.leafPages += 1;
    const spans: Span[] = [];
    for (const at of this.#nodes(page, number)) {
      const key = this.#keyAt(page, at, number);
      this.#ascend(walk, { key, ofLeaf: true }, number);
      walk.entries += 1;
      const bytes = page.readUInt16LE(at) + page.readUInt16LE(at + 2) * 2 ** 16;
      const flags = page.readUInt16LE(at + 4);
      const start = at + NODE_HEADER_BYTES + key.length;
      const onOverflow = (flags & NODE_ON_OVERFLOW) !== 0;
      const end = start + (onOverflow ? OVERFLOW_REFERENCE_BYTES : bytes);
      if (end > this.#pageBytes) throw new Damage(`page ${number} has a value outside of it`);
      spans.push({ start: at, end });
      const value = onOverflow ? this.#readOverflow(walk, readWord(page, start), bytes) : page.subarray(start, end);
      walk.visit(key, value, flags);
    }
    this.#checkPacked(page, number, spans);
    // The page's buffer is used again for the next leaf.
    if (walk.last !== undefined) walk.last.key = Buffer.from(walk.last.key);
  }

  #readOverflow(walk: Walk, first: number, bytes: number): Buffer {
    const count = Math.ceil((PAGE_HEADER_BYTES + bytes) / this.#pageBytes);
    this.claim(first, count);
    walk.overflowPages += count;
    const pages = Buffer.allocUnsafe(count * this.#pageBytes);
    this.#file.readPages(first, pages);
    this.#checkHeader(pages, first, OVERFLOW_PAGE);
    if (pages.readUInt32LE(20) !== count) throw new Damage(`page ${first} does not know its own length`);
    return pages.subarray(PAGE_HEADER_BYTES, PAGE_HEADER_BYTES + bytes);
  }

  #checkHeader(page: Buffer, number: number, kind: number): void {
    const sound =
      readWord(page, 0) === number &&
      readWord(page, 8) <= this.#file.meta.transaction &&
      page.readUInt16LE(18) === kind;
    if (!sound) throw new Damage(`page ${number} is not what it should be`);
  }

  /** Where the page's nodes begin. */
  #nodes(page: Buffer, number: number): number[] {
    const lower = page.readUInt16LE(20);
    const upper = page.readUInt16LE(22);
    const sound = lower % 2 === 0 && lower > 0 && lower <= upper && upper <= this.#pageBytes - PAGE_HEADER_BYTES;
    if (!sound) throw new Damage(`page ${number} has impossible bounds`);
    const nodes: number[] = [];
    for (let index = 0; index < lower; index += 2) {
      const offset = page.readUInt16LE(PAGE_HEADER_BYTES + index);
      const at = offset + PAGE_HEADER_BYTES;
      if (offset < upper || at + NODE_HEADER_BYTES > this.#pageBytes) {
        throw new Damage(`page ${number} has a node outside of it`);
      }
      nodes.push(at);
    }
    return nodes;
  }

  /** Nodes fill the page's end without gap or overlap: LMDB moves them as if they did. */
  #checkPacked(page: Buffer, number: number, spans: Span[]): void {
    let expected = page.readUInt16LE(22) + PAGE_HEADER_BYTES;
    for (const { start, end } of spans.sort((a, b) => a.start - b.start)) {
      if (start !== expected) throw new Damage(`the nodes of page ${number} overlap or leave a gap`);
      expected = end + (end % 2);
    }
    if (expected !== this.#pageBytes) throw new Damage(`the nodes of page ${number} overlap or leave a gap`);
  }

  #keyAt(page: Buffer, at: number, number: number): Buffer {
    const start = at + NODE_HEADER_BYTES;
    const end = start + page.readUInt16LE(at + 6);
    if (end > this.#pageBytes) throw new Damage(`page ${number} has a key outside of it`);
    return page.subarray(start, end);
  }

  #ascend(walk: Walk, next: { key: Buffer; ofLeaf: boolean }, number: number): void {
    const { last, keys } = walk;
    if (keys === NUMBER_KEYS && next.key.length !== NUMBER_KEY_BYTES)
      throw new Damage(`page ${number} has a broken key`);
    if (last !== undefined) {
      const order = keys === NUMBER_KEYS ? readWord(last.key, 0) - readWord(next.key, 0) : last.key.compare(next.key);
      const same = order === 0 && !last.ofLeaf && next.ofLeaf;
      if (!(order < 0 || same)) throw new Damage(`page ${number} is out of order`);
    }
    walk.last = next;
  }
}
