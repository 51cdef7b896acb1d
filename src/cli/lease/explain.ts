import { Command } from 'commander';
import { withClient } from '../connection.js';
import { printJson, printLine } from '../output.js';
import { describeResource } from './explain_text.js';
import { explainJson } from './lease_json.js';

export function explainCommand(): Command {
  return new Command('explain')
    .summary('say who holds a resource, and who waits')
    .description('Say all that is known of one resource: holders, what drains, the queue, who blocks whom.')
    .argument('<resource>', 'the resource')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  tenure lease explain heavy-maintenance')
    .action(async (resource: string, options: { json?: boolean }) => {
      const explained = await withClient((client) => client.leases.explainResource({ resource }));
      if (options.json === true) await printJson(explainJson(resource, explained));
      else await printLine(describeResource(resource, explained, Date.now()));
    });
}
