import type { UnresolvedKind } from '@tenure/client/command';
import { ExitCode } from '../exit_codes.js';
import { Failure } from '../failure.js';
import { printable } from '../style.js';

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
