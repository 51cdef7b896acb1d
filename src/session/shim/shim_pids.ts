import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { errnoOf } from '../../os/errno.js';
import type { ProcessIdentity } from '../../os/process_identity.js';

/** The processes by which a session is found again. */
export interface ShimPids {
  readonly shim: ProcessIdentity;
  readonly main: ProcessIdentity;
}

const identity = z.object({ pid: z.int().min(1), startTicks: z.number() });

/** The file `pid` of a session's folder. */
const pidsSchema: z.ZodType<ShimPids> = z.object({ shim: identity, main: identity });

/** What the shim wrote down before its command could run; undefined: it did not get that far. */
export async function readPids(folder: string): Promise<ShimPids | undefined> {
  try {
    return pidsSchema.parse(JSON.parse(await readFile(join(folder, 'pid'), 'utf8')));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
