import { statSync } from 'node:fs';
import { resolveCommand } from '@tenure/client/command';
import { unresolvedFailure } from '../run/unresolved_failure.js';

/** A plain command that is to be launched. */
interface LaunchedCommand {
  readonly command: readonly string[];
  readonly directory: string;
  /** Of the environment that the session gets. */
  readonly searchPath: string | undefined;
  /** It runs in a worktree that is not there yet. */
  readonly inWorktree: boolean;
  /** A hook runs before it, which may well make the command. */
  readonly isPrepared: boolean;
}

/**
 * A launch answers before its command starts, so that nobody would hear of a typing error.
 *
 * @throws Failure where the command is not found, or can't be executed.
 */
export function checkLaunchedCommand(launched: LaunchedCommand): void {
  const { directory, searchPath, inWorktree, isPrepared } = launched;
  const [name] = launched.command;
  // A folder that is missing is the daemon's to refuse.
  if (name === undefined || isPrepared || !isFolder(directory)) return;
  if (inWorktree && name.includes('/') && !name.startsWith('/')) return;
  const resolved = resolveCommand(name, searchPath, directory);
  if (resolved.kind !== 'found') throw unresolvedFailure(name, resolved, 'nothing was launched', directory);
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
