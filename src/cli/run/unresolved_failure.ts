import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ResolvedCommand } from '@tenure/client/command';
import { ExitCode } from '../exit_codes.js';
import { Failure } from '../failure.js';
import { shellWord } from '../shell_word.js';
import { printable } from '../style.js';

type UnresolvedCommand = Exclude<ResolvedCommand, { kind: 'found' }>;

/**
 * Why a command did not run that was not resolved.
 *
 * @param spared what was not done for it, such as `no lease was taken`.
 * @param folder where it was to run.
 */
export function unresolvedFailure(command: string, resolved: UnresolvedCommand, spared: string, folder = '.'): Failure {
  const name = `the command '${printable(command)}'`;
  switch (resolved.kind) {
    case 'not-found': {
      const here = command !== '' && !command.includes('/') && isFile(resolve(folder, command));
      const hint = here ? `it is in the folder, not on PATH: write ./${printable(command)}` : undefined;
      return new Failure('COMMAND_NOT_FOUND', ExitCode.NOT_FOUND, `${name} was not found; ${spared}`, hint);
    }
    case 'not-executable': {
      const file = isFile(resolved.path);
      const message = `${name} ${file ? 'is not executable' : "is no file, and can't be executed"}; ${spared}`;
      const hint = file ? `make it so: chmod +x ${shellWord(printable(resolved.path))}` : undefined;
      return new Failure('COMMAND_NOT_EXECUTABLE', ExitCode.NOT_EXECUTABLE, message, hint);
    }
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
