import { Command } from 'commander';
import { listAgentsCommand } from './list.js';
import { runAgentCommand } from './run.js';

export function agentCommand(): Command {
  return new Command('agent')
    .summary('run configured agents in containers')
    .description('Run the agents that the configuration describes, in containers, and show how they do.')
    .addCommand(runAgentCommand())
    .addCommand(listAgentsCommand());
}
