import { join } from 'node:path';
import { type Contents, DATA_FILE, readContents } from './contents.js';
import { corruptError } from './faults.js';
import { readRevision } from './keys.js';
import { type Marks, readMarks } from './marks.js';
import type { Durability, StoredEvent, StoredRecord } from './port.js';

/** What one environment holds, as the store's users know it. */
export interface Stored extends Marks {
  readonly records: readonly StoredRecord[];
  readonly events: readonly StoredEvent[];
}

/** What an operator can do about a damaged environment, and what it costs. */
const REMEDY: Readonly<Record<Durability, string>> = {
  boot: 'Stop what runs under leases, then move its folder away: the leases of this boot are forgotten.',
  durable: 'Restore its folder from a backup, or move it away: leases attached to no process are forgotten.',
};

/** Reads and checks one environment. Throws `corrupt` and leaves the file as it is. */
export function readStored(folder: string, durability: Durability): Stored {
  const contents = readContents(folder, REMEDY[durability]);
  const records = contents.records.map(({ key, value }) => ({ durability, key: key.toString(), value }));
  return { ...readMarks(contents.marks), records, events: readEvents(folder, durability, contents) };
}

/** The records of another boot's environment, which was not synced: none where the end of that boot has torn it. */
export function readOtherBoot(folder: string): readonly StoredRecord[] {
  try {
    return readStored(folder, 'boot').records;
  } catch {
    // Whatever is wrong with it, nothing of it is in force any more.
    return [];
  }
}

function readEvents(folder: string, durability: Durability, { events }: Contents): StoredEvent[] {
  return events.map(({ key, value }) => {
    const revision = readRevision(key);
    if (revision === undefined)
      throw corruptError(join(folder, DATA_FILE), 'an event has no revision', REMEDY[durability]);
    return { revision, bytes: value };
  });
}

export function newestEvent({ events }: Stored): number {
  return events.at(-1)?.revision ?? 0;
}
