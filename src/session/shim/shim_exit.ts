import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { errnoOf } from '../../os/errno.js';

/** How the main process of a session ended, as the shim wrote it down. */
export type ShimExit = (
  | { readonly kind: 'code'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: number }
  /** It never got to run. */
  | { readonly kind: 'not-started'; readonly why: string }
) & { readonly endWallMs: number; readonly durationMs: number };

const times = { endWallMs: z.number(), durationMs: z.number() };

/** The file `exit` of a session's folder. */
const exitSchema = z.union([
  z.object({ code: z.int().min(0).max(255), ...times }).transform((exit): ShimExit => ({ kind: 'code', ...exit })),
  z.object({ signal: z.int().min(1).max(64), ...times }).transform((exit): ShimExit => ({ kind: 'signal', ...exit })),
  z
    .object({ notStarted: z.string(), ...times })
    .transform(({ notStarted, ...rest }): ShimExit => ({ kind: 'not-started', why: notStarted, ...rest })),
]);

/** Undefined: it has not ended, or nobody was there to see it. A damaged word, after a crash of the machine, is none. */
export async function readExit(folder: string): Promise<ShimExit | undefined> {
  let text: string;
  try {
    text = await readFile(join(folder, 'exit'), 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return exitSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
