import { readdirSync, readFileSync, renameSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { replaceFile, syncFolder } from '../../os/atomic_file.js';
import { errnoOf, messageOf } from '../../os/errno.js';
import { makeFolders } from '../../os/make_folders.js';
import { Refusal } from '../../rpc/refusal.js';
import { isFuseId, type StoredFuse } from './fuse_rules.js';

const FORMAT = 1;
const FILE = /^([a-z0-9]+)\.json$/;
/** What a crash left of a write. */
const LEFTOVER = /^\.new-/;

/** What a date can be. */
const moment = z.number().min(0).max(8.64e15);

const storedFuse = z.object({
  format: z.literal(FORMAT),
  fuseId: z.string().refine(isFuseId),
  sessionId: z.string(),
  directory: z.string(),
  deed: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('exec'), command: z.string() }),
    z.object({ kind: z.literal('webhook'), url: z.string() }),
    z.object({ kind: z.literal('stop-session') }),
    z.object({ kind: z.literal('event'), event: z.string() }),
  ]),
  fireWallMs: moment,
  setWallMs: moment,
  label: z.string(),
});

/** A file that is no fuse, and where it is now. */
export interface DamagedFuse {
  readonly path: string;
  readonly fault: string;
}

export interface FoundFuses {
  readonly fuses: readonly StoredFuse[];
  readonly damaged: readonly DamagedFuse[];
}

/**
 * Fuses on the disk, a file each: taking one out needs no room, so that a
 * full disk keeps none from going off, and what damages one harms no other.
 */
export class FuseFiles {
  readonly #folder: string;
  readonly #replace: typeof replaceFile;

  constructor(folder: string, replace = replaceFile) {
    this.#folder = folder;
    this.#replace = replace;
  }

  /** All there are. What can't be read is moved aside under a name that nothing writes over. */
  readAll(nowMs: number): FoundFuses {
    const fuses: StoredFuse[] = [];
    const damaged: DamagedFuse[] = [];
    for (const name of this.#names()) {
      const path = join(this.#folder, name);
      if (LEFTOVER.test(name)) unlinkSync(path);
      const [, fuseId] = FILE.exec(name) ?? [];
      if (fuseId === undefined) continue;
      try {
        fuses.push(readFuse(path, fuseId));
      } catch (error) {
        damaged.push({ path: moveAside(path, nowMs), fault: messageOf(error) });
      }
    }
    return { fuses, damaged };
  }

  /** Once it has thrown, what was there before still is. A full disk is a Refusal. */
  write(fuse: StoredFuse): void {
    try {
      makeFolders(this.#folder);
      this.#replace(this.#pathOf(fuse.fuseId), `${JSON.stringify({ format: FORMAT, ...fuse })}\n`);
    } catch (error) {
      if (!['ENOSPC', 'EDQUOT'].includes(errnoOf(error) ?? '')) throw error;
      throw new Refusal('STORE_FULL', 'the disk of the state folder is full; make room and try again');
    }
  }

  /** It is gone for good, also after a power loss. One that is not there is no fault. */
  remove(fuseId: string): void {
    try {
      unlinkSync(this.#pathOf(fuseId));
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return;
      throw error;
    }
    syncFolder(this.#folder);
  }

  #pathOf(fuseId: string): string {
    return join(this.#folder, `${fuseId}.json`);
  }

  #names(): readonly string[] {
    try {
      return readdirSync(this.#folder);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return [];
      throw error;
    }
  }
}

function readFuse(path: string, fuseId: string): StoredFuse {
  const { format: _, ...fuse } = storedFuse.parse(JSON.parse(readFileSync(path, 'utf8')));
  if (fuse.fuseId !== fuseId) throw new Error(`it holds the fuse ${fuse.fuseId}`);
  return fuse;
}

function moveAside(path: string, nowMs: number): string {
  const aside = `${path}.damaged-${Math.floor(nowMs)}`;
  try {
    renameSync(path, aside);
    return aside;
  } catch {
    // It stays where it is. No new fuse gets its id, so nothing writes over it.
    return path;
  }
}
