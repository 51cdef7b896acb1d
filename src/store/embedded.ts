import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findBootFolders, hasOtherBoot, removeOtherBoots } from './boot_folders.js';
import { createEnvironment } from './create_environment.js';
import { freeBytes } from './disk_space.js';
import { EmbeddedStore } from './embedded_store.js';
import { Environment } from './environment.js';
import { systemFault } from './faults.js';
import { ensurePrivateFolder, tightenFiles } from './folders.js';
import { markWrite } from './marks.js';
import type { Durability, Store } from './port.js';
import { newestEvent, readOtherBoot, readStored } from './stored.js';

export interface EmbeddedStoreOptions {
  /** Exclusively ours while the store is open. */
  readonly stateDir: string;
  readonly bootId: string;
  /** The wall clock in microseconds: the least of the revision floor. */
  readonly wallClockMicros: () => number;
}

/**
 * Opens the store in `stateDir/boot` and `stateDir/durable`. Both are read and
 * checked in full first; a damaged one is refused (`corrupt`) and left as it is.
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<Store> {
  try {
    return await openParts(options);
  } catch (error) {
    throw systemFault(options.stateDir, error);
  }
}

async function openParts({ stateDir, bootId, wallClockMicros }: EmbeddedStoreOptions): Promise<Store> {
  ensurePrivateFolder(stateDir);
  const durableFolder = join(stateDir, 'durable');
  if (!existsSync(durableFolder)) await createEnvironment(durableFolder, [markWrite('reserved', 0)]);
  const durable = readStored(durableFolder, 'durable');

  const folders = findBootFolders(join(stateDir, 'boot'), bootId);
  // The history of another boot is lost in part, so none of it can be told.
  const before = Math.max(durable.reserved, newestEvent(durable), durable.compacted);
  if (!folders.exists) await createEnvironment(folders.own, [markWrite('compacted', before)]);
  const boot = readStored(folders.own, 'boot');
  const otherBootRecords = folders.others.flatMap(readOtherBoot);
  removeOtherBoots(folders);

  for (const folder of [durableFolder, folders.own]) {
    ensurePrivateFolder(folder);
    tightenFiles(folder);
  }
  return new EmbeddedStore({
    environments: await openBoth(folders.own, durableFolder),
    stored: { boot, durable },
    otherBoot: hasOtherBoot(folders),
    otherBootRecords,
    wallClockMicros,
    freeBytes: () => freeBytes(stateDir),
  });
}

async function openBoth(bootFolder: string, durableFolder: string): Promise<Record<Durability, Environment>> {
  const boot = new Environment(bootFolder, false);
  try {
    return { boot, durable: new Environment(durableFolder, true) };
  } catch (error) {
    await boot.close();
    throw error;
  }
}
