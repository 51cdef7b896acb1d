import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Durability } from './port.js';
import { readStored } from './stored.js';

/** What a look at one environment of the store found. */
export interface ExaminedEnvironment {
  readonly folder: string;
  readonly durability: Durability;
  /** Leases in it; undefined where it can't be read. */
  readonly records: number | undefined;
  /** What is wrong, and what to do; empty where nothing is. */
  readonly fault: string;
}

/**
 * Reads and checks what there is of the store, without LMDB, and changes
 * nothing. Only while no daemon has it open: one that writes meanwhile looks
 * like damage.
 */
export function examineStore(stateDir: string, bootId: string): readonly ExaminedEnvironment[] {
  return [
    { folder: join(stateDir, 'durable'), durability: 'durable' as const },
    { folder: join(stateDir, 'boot', bootId), durability: 'boot' as const },
  ]
    .filter(({ folder }) => existsSync(folder))
    .map((environment) => ({ ...environment, ...look(environment.folder, environment.durability) }));
}

function look(folder: string, durability: Durability): Pick<ExaminedEnvironment, 'records' | 'fault'> {
  try {
    return { records: readStored(folder, durability).records.length, fault: '' };
  } catch (error) {
    return { records: undefined, fault: error instanceof Error ? error.message : String(error) };
  }
}
