import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { replaceFile } from '../../os/atomic_file.js';

/**
 * In a worktree's own git folder, so that it goes with the worktree: says that
 * Tenure made it. `tenure session worktree` goes by it, without the daemon.
 */
const MARKER_FILE = 'tenure-session';

const markerSchema = z.object({
  format: z.literal(1),
  /** The session that it was made for. */
  sessionId: z.string(),
  branch: z.string(),
  /** False: the branch was there before. */
  madeBranch: z.boolean(),
  /** The commit that it began at. */
  base: z.string(),
});

export type WorktreeMarker = Omit<z.output<typeof markerSchema>, 'format'>;

export function writeMarker(gitFolder: string, { sessionId, branch, madeBranch, base }: WorktreeMarker): void {
  const text = JSON.stringify({ format: 1, sessionId, branch, madeBranch, base });
  replaceFile(join(gitFolder, MARKER_FILE), `${text}\n`);
}

/** Throws where there is none, or none that can be read. */
export function readMarker(gitFolder: string): WorktreeMarker {
  return markerSchema.parse(JSON.parse(readFileSync(join(gitFolder, MARKER_FILE), 'utf8')));
}
