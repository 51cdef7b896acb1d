import type { Command } from 'commander';
import { withClient } from '../connection.js';
import { printJson, printLine } from '../output.js';
import { printable } from '../style.js';
import {
  COMMANDS_HELP,
  checkArguments,
  commandsOf,
  type DefinitionOptions,
  definitionCommand,
} from './secret_definition.js';
import { secretJson } from './secret_json.js';
import { rawInputOption, readValue, VALUE_HELP, type ValueOptions } from './secret_value.js';

interface PutOptions extends DefinitionOptions, ValueOptions {
  readonly json?: boolean;
}

const DETAILS = `${VALUE_HELP}
${COMMANDS_HELP}

One that is there is changed with 'tenure secret update'.

Examples:
  tenure secret put github-token                      asks for the value
  pass show github | tenure secret put team/github-token
  tenure secret put npm-token --source 'exec:op read op://dev/npm/token'
  tenure secret put db-password --rotate /usr/local/bin/new-db-password < file`;

export function putCommand(): Command {
  return definitionCommand('put')
    .summary('put a new secret')
    .description('Put a new secret: a value for the vault, or where the value is to be had.')
    .addOption(rawInputOption())
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (name: string, options: PutOptions, command: Command) => {
      checkArguments(command);
      const content = await readContent(options);
      const request = { name, content, commands: commandsOf(options) };
      const { secret } = await withClient((client) => client.secrets.putSecret(request));
      if (options.json === true) await printJson(secret === undefined ? {} : { secret: secretJson(secret) });
      else await printLine(`${printable(name)}: added`);
    });
}

/** The source that was named, else the value that is read. */
export async function readContent(options: DefinitionOptions & ValueOptions) {
  const { source } = options;
  return source === undefined
    ? ({ $case: 'value', value: await readValue(options) } as const)
    : ({ $case: 'source', value: source } as const);
}
