import type { PutSecretFields } from '@tenure/client';
import { type Command, Option } from 'commander';
import { UsageFailure } from '../failure.js';
import { OpenEndedCommand } from '../open_ended_command.js';
import { argumentsFault } from './value_rules.js';

/** Options of a secret's definition, as `put` and `update` take them. */
export interface DefinitionOptions {
  readonly source?: string;
  readonly rotate?: string;
  readonly onRotate?: string;
  readonly onRevoke?: string;
  readonly onDelete?: string;
}

export const COMMANDS_HELP = `
Commands run in the daemon with /bin/sh, in /, with TENURE_SECRET_NAME. The one
to rotate gets the old value on standard input and prints the new one; of a
source outside the vault, it changes the source itself.`;

/** Unknown options, too: a value that begins with a dash is refused with the reason. */
class DefinitionCommand extends OpenEndedCommand {
  override copyInheritedSettings(source: Command): this {
    return super.copyInheritedSettings(source).allowUnknownOption();
  }
}

/** A command that takes a name and the options of a definition; its action must call `checkArguments`. */
export function definitionCommand(name: string): Command {
  return new DefinitionCommand(name)
    .argument('<name>', 'its name, such as team/github-token')
    .addOption(new Option('--source <source>', 'env:NAME, file:PATH, file:PATH#KEY or exec:COMMAND, for no value here'))
    .option('--rotate <command>', 'makes a new value')
    .option('--on-rotate <command>', 'runs after a rotation')
    .option('--on-revoke <command>', 'runs after a lease was revoked, until it succeeds')
    .option('--on-delete <command>', 'runs after the secret was deleted');
}

/** @throws UsageFailure that does not repeat what may be a value. */
export function checkArguments({ args }: Command): void {
  const fault = argumentsFault(args);
  if (fault !== undefined) throw new UsageFailure(fault.message, fault.hint);
}

/** The commands that were given; undefined: none. */
export function commandsOf(options: DefinitionOptions): PutSecretFields['commands'] {
  const { rotate, onRotate, onRevoke, onDelete } = options;
  const given = Object.entries({ rotate, onRotate, onRevoke, onDelete }).filter(([, command]) => command !== undefined);
  return given.length === 0 ? undefined : Object.fromEntries(given);
}
