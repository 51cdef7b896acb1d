import { join } from 'node:path';
import { Damage, DataFile } from './data_file.js';
import { corruptError } from './faults.js';
import { unframe } from './frame.js';
import {
  BYTE_KEYS,
  isTreeSize,
  NODE_IS_TREE,
  NODE_ON_OVERFLOW,
  NUMBER_KEYS,
  readTree,
  readWord,
  type Tree,
} from './page.js';
import { TreeReader } from './tree_reader.js';

export const DATA_FILE = 'data.mdb';

/** The databases of one environment. */
export const DATABASES = ['records', 'events', 'marks'] as const;
export type DatabaseName = (typeof DATABASES)[number];

export interface Entry {
  readonly key: Buffer;
  readonly value: Buffer;
}

/** All that one environment holds, in key order. */
export type Contents = Readonly<Record<DatabaseName, readonly Entry[]>>;

/** Reads and checks a whole environment without LMDB. `remedy` goes into the refusal of a damaged one. */
export function readContents(folder: string, remedy: string): Contents {
  const path = join(folder, DATA_FILE);
  try {
    const file = new DataFile(path);
    try {
      return readTrees(file);
    } finally {
      file.close();
    }
  } catch (error) {
    if (error instanceof Damage) throw corruptError(path, error.message, remedy);
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (missing) throw corruptError(path, 'it is missing', remedy);
    throw error;
  }
}

function readTrees(file: DataFile): Contents {
  const reader = new TreeReader(file);
  const trees = new Map<string, Tree>();
  reader.read(file.meta.main, BYTE_KEYS, (name, value, flags) => {
    if (flags !== NODE_IS_TREE || !isTreeSize(value.length)) throw new Damage('its list of databases is broken');
    // LMDB keeps the name with its closing zero.
    trees.set(name.toString('latin1', 0, name.length - 1), readTree(value, 0));
  });
  const contents = {
    records: readEntries(reader, trees.get('records')),
    events: readEntries(reader, trees.get('events')),
    marks: readEntries(reader, trees.get('marks')),
  };
  if (trees.size !== DATABASES.length)
    throw new Damage(`it has ${trees.size} databases instead of ${DATABASES.length}`);
  claimFreePages(reader, file);
  return contents;
}

function readEntries(reader: TreeReader, tree: Tree | undefined): Entry[] {
  if (tree === undefined) throw new Damage('one of its databases is gone');
  const entries: Entry[] = [];
  reader.read(tree, BYTE_KEYS, (found, framed, flags) => {
    if ((flags & ~NODE_ON_OVERFLOW) !== 0) throw new Damage('a value is of an unknown kind');
    const key = Buffer.from(found);
    const value = unframe(key, Buffer.from(framed));
    if ('fault' in value) throw new Damage(value.fault);
    entries.push({ key, value: value.payload });
  });
  return entries;
}

/** Free pages are written over: one that is in use as well would be lost soon. */
function claimFreePages(reader: TreeReader, file: DataFile): void {
  const lists: Buffer[] = [];
  reader.read(file.meta.free, NUMBER_KEYS, (transaction, list, flags) => {
    const freedBy = readWord(transaction, 0);
    const known = freedBy >= 1 && freedBy <= file.meta.transaction;
    if (!known || list.length < 8 || (flags & ~NODE_ON_OVERFLOW) !== 0)
      throw new Damage('a list of free pages is broken');
    lists.push(Buffer.from(list));
  });
  for (const list of lists) {
    const count = readWord(list, 0);
    if (!(8 * (count + 1) <= list.length)) throw new Damage('a list of free pages is broken');
    for (let index = 1; index <= count; index += 1) {
      const entry = list.readBigInt64LE(8 * index);
      // A negative entry is the length of a run of pages, whose first page follows.
      if (entry < 0n) index += 1;
      if (index > count) throw new Damage('a list of free pages is broken');
      if (entry !== 0n) reader.claim(readWord(list, 8 * index), entry < 0n ? Number(-entry) : 1);
    }
  }
}
