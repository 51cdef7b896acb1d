import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { ExitCode } from '../exit_codes.js';
import { Failure } from '../failure.js';
import { printable } from '../style.js';
import { git } from './worktree_git.js';

/** What the daemon left in a worktree's own git folder when it made it. */
const MARKER_FILE = 'tenure-session';

const markerSchema = z.object({
  format: z.literal(1),
  sessionId: z.string(),
  branch: z.string(),
  madeBranch: z.boolean(),
  base: z.string(),
});

/** A worktree that Tenure made for a session. */
export interface Worktree {
  readonly path: string;
  /** The main worktree, or the bare repository. */
  readonly repository: string;
  /** The git folder that all worktrees share; git can be run there though all of them are gone. */
  readonly commonFolder: string;
  /** The worktree's own git folder. */
  readonly gitFolder: string;
  readonly sessionId: string;
  readonly branch: string;
  /** False: the branch was there before. */
  readonly madeBranch: boolean;
  /** The commit that it began at. */
  readonly base: string;
  /** Why git has it locked; undefined: it has not. */
  readonly locked: string | undefined;
}

/** The git folder of the repository that a directory is in. */
export async function commonFolderOf(directory: string): Promise<string> {
  const { ok, output, fault } = await git(directory, 'rev-parse', '--git-common-dir');
  if (ok) return realpathSync(resolve(directory, output));
  const message = `${printable(directory)} leads to no repository: ${printable(fault)}`;
  throw new Failure('NO_REPOSITORY', ExitCode.NO_INPUT, message, 'name one with --directory, or say --all');
}

/** By the files that git keeps of them, so that worktrees whose folder is gone are found, too. */
export function worktreesOf(commonFolder: string): readonly Worktree[] {
  const folder = join(commonFolder, 'worktrees');
  if (!existsSync(folder)) return [];
  const repository = basename(commonFolder) === '.git' ? dirname(commonFolder) : commonFolder;
  return readdirSync(folder)
    .flatMap((name) => readWorktree(join(folder, name), repository, commonFolder) ?? [])
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** Undefined: Tenure did not make it, or it is about to be removed. */
function readWorktree(gitFolder: string, repository: string, commonFolder: string): Worktree | undefined {
  const text = readText(join(gitFolder, MARKER_FILE));
  const link = readText(join(gitFolder, 'gitdir'));
  if (text === undefined || link === undefined) return undefined;
  const marker = readMarker(text);
  if (marker === undefined) return undefined;
  const { sessionId, branch, madeBranch, base } = marker;
  const path = dirname(resolve(gitFolder, link.trimEnd()));
  const locked = readText(join(gitFolder, 'locked'))?.trim();
  return { path, repository, commonFolder, gitFolder, sessionId, branch, madeBranch, base, locked };
}

function readMarker(text: string): z.output<typeof markerSchema> | undefined {
  try {
    return markerSchema.parse(JSON.parse(text));
  } catch {
    // Of another version: not ours to judge.
    return undefined;
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
