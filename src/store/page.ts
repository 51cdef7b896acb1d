/**
 * The pages of an LMDB data file, format 2, 64 bits, little-endian: what the
 * package lmdb 3 writes on the machines that Tenure runs on.
 */

export const PAGE_HEADER_BYTES = 24;
export const NODE_HEADER_BYTES = 8;
export const META_PAGES = 2;
/** From the start of a meta page to the end of its content. */
export const META_BYTES = PAGE_HEADER_BYTES + 144;
/** Root of an empty tree. */
export const NO_PAGE = -1;

export const BRANCH_PAGE = 0x01;
export const LEAF_PAGE = 0x02;
export const OVERFLOW_PAGE = 0x04;
const META_PAGE = 0x08;

export const NODE_ON_OVERFLOW = 0x01;
export const NODE_IS_TREE = 0x02;

export const BYTE_KEYS = 0;
export const NUMBER_KEYS = 0x08;

const MAGIC = 0xbeefc0de;
const FORMAT = 2;
const TREE_BYTES = 48;

export interface Tree {
  /** How LMDB compares its keys. */
  readonly flags: number;
  readonly depth: number;
  readonly branchPages: number;
  readonly leafPages: number;
  readonly overflowPages: number;
  readonly entries: number;
  readonly root: number;
}

export interface Meta {
  readonly pageBytes: number;
  readonly free: Tree;
  readonly main: Tree;
  readonly lastPage: number;
  readonly transaction: number;
}

/** A 64-bit number; NaN beyond what JavaScript counts exactly, which no sound file holds. */
export function readWord(bytes: Buffer, at: number): number {
  const value = bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
  return Number.isSafeInteger(value) ? value : Number.NaN;
}

export function readTree(bytes: Buffer, at: number): Tree {
  const empty = bytes.readBigUInt64LE(at + 40) === 0xffff_ffff_ffff_ffffn;
  return {
    flags: bytes.readUInt16LE(at + 4),
    depth: bytes.readUInt16LE(at + 6),
    branchPages: readWord(bytes, at + 8),
    leafPages: readWord(bytes, at + 16),
    overflowPages: readWord(bytes, at + 24),
    entries: readWord(bytes, at + 32),
    root: empty ? NO_PAGE : readWord(bytes, at + 40),
  };
}

export function isTreeSize(bytes: number): boolean {
  return bytes === TREE_BYTES;
}

/** Undefined where the bytes are no meta page of ours, or not the one of this number. */
export function readMeta(page: Buffer, number: number): Meta | undefined {
  const at = PAGE_HEADER_BYTES;
  // LMDB writes these headers once, when it makes the file, and never reads the most of them.
  const header = Buffer.alloc(PAGE_HEADER_BYTES);
  header.writeUInt32LE(number, 0);
  header.writeUInt16LE(META_PAGE, 18);
  if (!page.subarray(0, PAGE_HEADER_BYTES).equals(header)) return undefined;
  if (page.readUInt32LE(at) !== MAGIC || page.readUInt32LE(at + 4) !== FORMAT) return undefined;
  return {
    pageBytes: page.readUInt32LE(at + 24),
    free: readTree(page, at + 24),
    main: readTree(page, at + 24 + TREE_BYTES),
    lastPage: readWord(page, at + 24 + 2 * TREE_BYTES),
    transaction: readWord(page, at + 24 + 2 * TREE_BYTES + 8),
  };
}
