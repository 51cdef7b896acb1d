import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';
import { ExitCode } from '../exit_codes.js';
import { Failure } from '../failure.js';
import { printable } from '../style.js';

/** Where a shell looks when PATH is not set. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export type ResolvedCommand =
  | { readonly kind: 'found'; readonly path: string }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'not-executable'; readonly path: string };

export type UnresolvedKind = Exclude<ResolvedCommand['kind'], 'found'>;

/** Why a command did not run that was not resolved. */
export function unresolvedFailure(command: string, kind: UnresolvedKind): Failure {
  const name = `the command '${printable(command)}'`;
  switch (kind) {
    case 'not-found':
      return new Failure('COMMAND_NOT_FOUND', ExitCode.NOT_FOUND, `${name} was not found; no lease was taken`);
    case 'not-executable': {
      const message = `${name} can't be executed; no lease was taken`;
      return new Failure('COMMAND_NOT_EXECUTABLE', ExitCode.NOT_EXECUTABLE, message);
    }
  }
}

/** Finds a command as a shell would, so that a typing error takes no lease. */
export function resolveCommand(name: string, searchPath: string | undefined): ResolvedCommand {
  if (name === '') return { kind: 'not-found' };
  if (name.includes('/')) return inspect(name);
  let denied: ResolvedCommand | undefined;
  for (const folder of (searchPath ?? DEFAULT_PATH).split(':')) {
    const candidate = inspect(join(folder === '' ? '.' : folder, name));
    if (candidate.kind === 'found') return candidate;
    if (candidate.kind === 'not-executable') denied ??= candidate;
  }
  return denied ?? { kind: 'not-found' };
}

function inspect(path: string): ResolvedCommand {
  let isDirectory: boolean;
  try {
    isDirectory = statSync(path).isDirectory();
  } catch {
    return { kind: 'not-found' };
  }
  if (isDirectory) return { kind: 'not-executable', path };
  try {
    accessSync(path, constants.X_OK);
  } catch {
    return { kind: 'not-executable', path };
  }
  return { kind: 'found', path };
}
