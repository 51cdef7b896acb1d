import type { Entry } from './contents.js';
import type { Write } from './environment.js';
import { frame } from './frame.js';
import { readRevision, revisionBytes } from './keys.js';

/** Revisions that an environment remembers beside its records and events. */
export interface Marks {
  /** All events up to this one have been dropped. */
  readonly compacted: number;
  /** May have been given out; in the durable environment only. */
  readonly reserved: number;
}

export function markWrite(name: keyof Marks, revision: number): Write {
  const key = Buffer.from(name);
  return { database: 'marks', key, value: frame(key, revisionBytes(revision)) };
}

/** 0 for what was never marked. */
export function readMarks(entries: readonly Entry[]): Marks {
  const found = new Map(entries.map(({ key, value }) => [key.toString(), readRevision(value) ?? 0]));
  return { compacted: found.get('compacted') ?? 0, reserved: found.get('reserved') ?? 0 };
}
