import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePrivateFolder } from './folders.js';

/**
 * The environment of a boot lives in a folder named after it. LMDB never opens
 * those of other boots: they were not synced and may be torn.
 */
export interface BootFolders {
  readonly own: string;
  /** Whether this boot has one already. */
  readonly exists: boolean;
  readonly others: readonly string[];
}

export function findBootFolders(parent: string, bootId: string): BootFolders {
  if (!/^[\w-]+$/.test(bootId)) throw new RangeError(`a boot id has letters, digits and dashes, not ${bootId}`);
  ensurePrivateFolder(parent);
  const others = readdirSync(parent).filter((name) => name !== bootId);
  const own = join(parent, bootId);
  return { own, exists: existsSync(own), others: others.map((name) => join(parent, name)) };
}

/** Only once the own one is in place: until then they show that there was another boot. */
export function removeOtherBoots({ others }: BootFolders): void {
  for (const folder of others) rmSync(folder, { recursive: true, force: true });
}

/** Leaves out what was being made when a daemon was killed. */
export function hasOtherBoot({ exists, others }: BootFolders): boolean {
  return !exists && others.some((folder) => !folder.endsWith('.new'));
}
