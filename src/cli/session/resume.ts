import { LEASES_VARIABLE, parseInheritTokens } from '@tenure/client';
import { Command } from 'commander';
import { withClient } from '../connection.js';
import { sessionEnvironment } from './environment_rules.js';
import { addLimitOptions, type LimitOptions, limitsOf } from './limit_options.js';
import { PROMPT_HELP, type PromptOptions, readPrompt } from './prompt_source.js';
import { checkRequestSize } from './request_size.js';
import { type TellOptions, tellLaunch } from './tell_launch.js';

interface ResumeOptions extends PromptOptions, LimitOptions, TellOptions {
  readonly force?: boolean;
}

const DETAILS = `
The session goes on as a new one, with an id of its own, in the directory and
with the model of the old one; group and labels are the same. Sessions that were
found, not launched here, can be resumed, too. Commands (adapter process) can
not. It gets this command's environment, and what follows -- as further
arguments of the agent; those of the old one are not kept. Exit codes are those
of session launch.

Examples:
  tenure session resume s4k2q --prompt 'now write the tests' --wait
  tenure session resume 4d03fcc4 --file next.md -- --allowedTools Bash`;

/** @param commandLine what followed `--`. */
export function resumeCommand(commandLine: readonly string[] | undefined): Command {
  const command = new Command('resume')
    .summary('go on with a session that has ended')
    .description("Go on with an agent's session that has ended.")
    .usage('[options] <id> [-] [-- AGENT ARGUMENTS]')
    .argument('<id>', 'the session, or the beginning of its id')
    .argument('[-]', 'read the prompt from standard input')
    .option('-p, --prompt <text>', PROMPT_HELP)
    .option('-f, --file <file>', 'read the prompt from a file');
  return addLimitOptions(command)
    .option('--force', 'go on although somebody else has the directory, without a lease on it')
    .option('--wait', 'show what it prints, and end as it does')
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (sessionId: string, dash: string | undefined, options: ResumeOptions) => {
      const request = {
        sessionId,
        prompt: await readPrompt(dash, options),
        inheritTokens: parseInheritTokens(process.env[LEASES_VARIABLE]),
        force: options.force,
        limits: limitsOf(options),
        environment: sessionEnvironment(process.env),
        command: [...(commandLine ?? [])],
      };
      checkRequestSize(request);
      process.exitCode = await withClient(async (client) =>
        tellLaunch(client, await client.sessions.resumeSession(request), options),
      );
    });
}
