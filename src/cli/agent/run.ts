import type { Command } from 'commander';
import { withClient } from '../connection.js';
import { UsageFailure } from '../failure.js';
import { parseLabel } from '../lease/lease_arguments.js';
import { OpenEndedCommand } from '../open_ended_command.js';
import type { CommonOptions } from '../session/launch_fields.js';
import { addLimitOptions } from '../session/limit_options.js';
import { type TellOptions, tellLaunch } from '../session/tell_launch.js';
import { printable } from '../style.js';
import { agentLaunch } from './agent_launch.js';
import { addWorkOptions, type WorkOptions } from './work_options.js';

type RunOptions = WorkOptions & CommonOptions & TellOptions;

const DETAILS = `
Image, command, mounts, credentials and limits are those of the configuration.
REPO comes before the configured repository. The session outlives this command,
and the daemon; it is like any other: 'tenure session logs', 'stop', 'wait'.

Prints the session's id. With --wait, what the agent prints comes out here, and
its end is this command's: its exit code, 128 + n for a signal, 124 beyond a
limit, 130 stopped. Ctrl-C stops the session. With --wait and --json the ended
session is printed instead.

--timeout may shorten the configured time limit, never lengthen it.

As many of its sessions run as may: exit code 75, and nothing was launched.

Examples:
  tenure agent run nightly
  tenure agent run reviewer https://example.org/team/site.git --request 'mend the flaky test' --wait
  tenure agent run triage --artifact report.json --wait --json | jq -r .session.outcome

See 'tenure help exit-codes'.`;

export function runAgentCommand(): Command {
  const command = new OpenEndedCommand('run')
    .summary('run an agent in a container')
    .description('Run a configured agent in a container, as a session.')
    .argument('<name>', "the agent; 'tenure agent list' shows them")
    .argument('[repo]', 'the repository to work on (default: the configured one)');
  return addLimitOptions(addWorkOptions(command))
    .option('-g, --group <name>', 'a name for sessions that belong together')
    .option('--label <key=value>', 'a label; may be repeated', parseLabel)
    .option('--on-complete <command>', 'shell command after its end')
    .option('--webhook <url>', 'told of its end, signed')
    .option('--wait', 'show what it prints, and end as it does')
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (agent: string, repo: string | undefined, options: RunOptions, { args }: Command) => {
      const stray = args[2];
      if (stray !== undefined) {
        throw new UsageFailure(
          `'${printable(stray)}' is too much here`,
          "say what to do by --request, in quotes, as in: tenure agent run reviewer --request 'mend the flaky test'",
        );
      }
      const request = await agentLaunch(agent, repo === undefined ? options : { ...options, repo });
      process.exitCode = await withClient(async (client) =>
        tellLaunch(client, await client.sessions.launchSession(request), options),
      );
    });
}
