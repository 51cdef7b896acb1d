import { Command } from 'commander';
import { withClient } from '../connection.js';
import { printJson, printLine } from '../output.js';
import { adapterJson } from './session_json.js';
import { describeAdapters } from './session_table.js';

const DETAILS = `
Available: its program was found, so that sessions of it can be launched.
Sessions: how many it told of, those that ended lately too. More adapters come
from sessions.external in the configuration.

Example:
  tenure session adapters`;

export function adaptersCommand(): Command {
  return new Command('adapters')
    .summary('list the agents that can be launched and found')
    .description('Ask all adapters, and show how each did.')
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (options: { json?: boolean }) => {
      const { adapters } = await withClient((client) => client.sessions.listAdapters());
      if (options.json === true) await printJson({ adapters: adapters.map(adapterJson) });
      else await printLine(describeAdapters(adapters));
    });
}
