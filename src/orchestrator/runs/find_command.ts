import { accessSync, constants, statSync } from 'node:fs';
import { resolveCommand } from '@tenure/client/command';
import type { CommandLine } from '../config/task_options.js';

export type FoundCommand = { readonly path: string } | { readonly fault: string };

/**
 * The file of a command, or why there is nothing to start. The folder comes
 * first: a command is never found in one that is not there.
 *
 * @param cwd undefined: the orchestrator's own folder.
 */
export function findCommand(
  [name]: CommandLine,
  environment: NodeJS.ProcessEnv,
  cwd: string | undefined,
): FoundCommand {
  const wrong = cwd === undefined ? undefined : folderFault(cwd);
  if (wrong !== undefined) return { fault: `the folder ${cwd} ${wrong}` };
  const resolved = resolveCommand(name, environment['PATH'], cwd);
  switch (resolved.kind) {
    case 'found':
      return { path: resolved.path };
    case 'not-found':
      return { fault: `the command '${name}' was not found` };
    case 'not-executable':
      return { fault: `the command '${name}' can’t be executed` };
  }
}

function folderFault(path: string): string | undefined {
  try {
    if (!statSync(path).isDirectory()) return 'is no folder';
  } catch {
    return 'was not found';
  }
  try {
    accessSync(path, constants.X_OK);
  } catch {
    return 'can’t be entered';
  }
  return undefined;
}
