import { Command } from 'commander';
import { withClient } from '../connection.js';
import { printJson, printLine } from '../output.js';
import { agentJson } from './agent_json.js';
import { describeAgents } from './agent_table.js';

const DETAILS = `
RUNNING: how many of its sessions run, of how many may. LAST: how the newest of
its sessions did or, where that is newer, what became of its schedule. What
keeps an agent from being launched has a line below the table.

Agents come from the configuration; a change takes 'tenure daemon reload'.

Examples:
  tenure agent list
  tenure agent list --json | jq -r '.agents[] | select(.ready | not) | .name'`;

export function listAgentsCommand(): Command {
  return new Command('list')
    .alias('ls')
    .summary('list agents')
    .description('List the configured agents, when each runs next, and how it last did.')
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (options: { json?: boolean }) => {
      const { agents } = await withClient((client) => client.sessions.listAgents());
      if (options.json === true) await printJson({ agents: agents.map(agentJson) });
      else await printLine(describeAgents(agents, Date.now()));
    });
}
