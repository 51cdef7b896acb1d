import type { Client, UpdateSecretFields } from '@tenure/client';
import type { Command } from 'commander';
import { withClient } from '../connection.js';
import { printJson, printLine } from '../output.js';
import { printable } from '../style.js';
import { readContent } from './put.js';
import {
  COMMANDS_HELP,
  checkArguments,
  commandsOf,
  type DefinitionOptions,
  definitionCommand,
} from './secret_definition.js';
import { secretJson } from './secret_json.js';
import { listSecrets } from './secret_pages.js';
import { rawInputOption, VALUE_HELP, type ValueOptions } from './secret_value.js';

interface UpdateOptions extends DefinitionOptions, ValueOptions {
  readonly withValue?: boolean;
  readonly json?: boolean;
}

const DETAILS = `
Without options, a new value is read. Leases in force stay, and their holders
keep the value that they were given: see tenure secret revoke.
${VALUE_HELP}
${COMMANDS_HELP}
Commands that are not named stay; '' takes one away.

Examples:
  pass show github | tenure secret update team/github-token
  tenure secret update npm-token --source env:NPM_TOKEN
  tenure secret update db-password --on-revoke ./end-session --on-delete ''`;

export function updateCommand(): Command {
  return definitionCommand('update')
    .summary('change a secret')
    .description("Change a secret's value, source or commands.")
    .option('--with-value', 'read a new value besides the commands')
    .addOption(rawInputOption())
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (name: string, options: UpdateOptions, command: Command) => {
      checkArguments(command);
      const given = commandsOf(options);
      const wantsContent = options.source !== undefined || options.withValue === true || given === undefined;
      const content = wantsContent ? await readContent(options) : undefined;
      const { secret } = await withClient(async (client) => {
        const commands = given === undefined ? undefined : { ...(await commandsNow(client, name)), ...given };
        return await client.secrets.updateSecret({ name, content, commands });
      });
      if (options.json === true) await printJson(secret === undefined ? {} : { secret: secretJson(secret) });
      else await printLine(`${printable(name)}: ${describeUpdate(secret, content !== undefined)}`);
    });
}

/** The daemon takes all commands anew, or none. */
async function commandsNow(client: Client, name: string): Promise<UpdateSecretFields['commands']> {
  const namespace = name.slice(0, Math.max(0, name.lastIndexOf('/')));
  const secrets = await listSecrets(client, namespace);
  return secrets.find((secret) => secret.name === name)?.commands;
}

function describeUpdate(
  secret: { readonly version: bigint; readonly activeLeases: number } | undefined,
  hasNewContent: boolean,
): string {
  if (secret === undefined || !hasNewContent) return 'changed';
  const { version, activeLeases } = secret;
  const kept = activeLeases === 0 ? '' : `; who has it leased (${activeLeases}) keeps the value of before`;
  return `changed, now version ${version}${kept}`;
}
