import { resolve } from 'node:path';
import type { LaunchSessionFields } from '@tenure/client';
import type { Command } from 'commander';
import { agentInstead } from '../agent/agent_launch.js';
import { addWorkOptions, strayWorkOption, type WorkOptions } from '../agent/work_options.js';
import { withClient } from '../connection.js';
import { UsageFailure } from '../failure.js';
import { parseLabel } from '../lease/lease_arguments.js';
import { OpenEndedCommand } from '../open_ended_command.js';
import { sessionEnvironment } from './environment_rules.js';
import { type CommonOptions, commonFields } from './launch_fields.js';
import { checkLaunchedCommand } from './launched_command.js';
import { addLimitOptions } from './limit_options.js';
import { PROMPT_HELP, type PromptOptions, readPrompt } from './prompt_source.js';
import { checkRequestSize } from './request_size.js';
import { type TellOptions, tellLaunch } from './tell_launch.js';

interface LaunchOptions extends PromptOptions, WorkOptions, CommonOptions, TellOptions {
  readonly agent?: string;
  readonly repo?: string;
  readonly adapter?: string;
  readonly model?: string;
  readonly directory?: string;
  /** A branch; true: one that is made up. */
  readonly worktree?: string | true;
  readonly base?: string;
  readonly onCreate?: string;
  readonly stdin?: boolean;
  readonly force?: boolean;
}

/** The adapter that runs a plain command. */
const PROCESS = 'process';

const DETAILS = `
The session outlives this command, and the daemon. It runs in the directory
under an exclusive lease, which lasts until nothing of it is left; below a lease
of TENURE_LEASES it runs under that one. What follows -- is the command or, with
an adapter such as claude-code, codex, opencode or pi, further arguments of the
agent. It gets this command's environment.

Prints the session's id. With --wait, what the session prints comes out here,
and its end is this command's: its exit code, 128 + n for a signal, 124 beyond
a limit, 130 stopped. Ctrl-C stops the session; a second one does not wait for
its end. With --wait and --json the ended session is printed instead.

Somebody else has the directory: exit code 75, and nothing was launched. A
command that is not found, or is not executable: 127 or 126, and neither.

Examples:
  tenure session launch -- ./train.sh --epochs 20
  tenure session launch --adapter claude-code --prompt 'mend the flaky test' --wait
  tenure session launch --adapter codex --worktree --timeout 30m --file task.md
  git diff | tenure session launch --adapter pi --stall 10m --stop-on-stall -

See 'tenure help exit-codes'.`;

/** @param commandLine what followed `--`. */
export function launchCommand(commandLine: readonly string[] | undefined): Command {
  const command = new OpenEndedCommand('launch')
    .summary('start an agent or a command')
    .description('Start an agent or a command as a session.')
    .usage('[options] [-] [-- COMMAND [ARGUMENT...] | -- AGENT ARGUMENTS]')
    .argument('[-]', 'read the prompt from standard input')
    .option('-a, --adapter <name>', 'which agent (default: process, which runs a command)')
    .option('-m, --model <model>', "model to use (default: the agent's choice)")
    .option('-C, --directory <dir>', 'where it works (default: here)')
    .option('-p, --prompt <text>', PROMPT_HELP)
    .option('-f, --file <file>', 'read the prompt from a file')
    .option('-g, --group <name>', 'a name for sessions that belong together')
    .option('--label <key=value>', 'a label; may be repeated', parseLabel);
  command.option('--agent <name>', 'a configured agent, in a container').option('--repo <url>', 'repository for it');
  return addLimitOptions(addWorkOptions(command))
    .option('--worktree [branch]', 'make a git worktree for it, on a new branch')
    .option('--base <ref>', 'what that branch begins at (default: HEAD)')
    .option('--on-create <command>', 'shell command before it; where it fails, nothing is launched')
    .option('--on-complete <command>', 'shell command after its end')
    .option('--webhook <url>', 'told of its end, signed')
    .option('--stdin', "keep its standard input open, for 'session send'")
    .option('--force', 'launch although somebody else has the directory, without a lease on it')
    .option('--wait', 'show what it prints, and end as it does')
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (dash: string | undefined, options: LaunchOptions, { args }: Command) => {
      const [stray] = args.filter((argument) => argument !== '-' && argument !== '');
      if (stray !== undefined || args.length > 1) {
        throw new UsageFailure(
          `'${stray ?? dash ?? '-'}' is too much here`,
          'write a command after --, as in: tenure session launch -- ./train.sh; a prompt is given by --prompt',
        );
      }
      const { agent } = options;
      const request =
        agent === undefined
          ? requestOf(options, await readPrompt(dash, options), commandLine ?? [])
          : await agentInstead(agent, options, [...args.slice(0, 1), ...(commandLine ?? [])]);
      checkRequestSize(request);
      process.exitCode = await withClient(async (client) =>
        tellLaunch(client, await client.sessions.launchSession(request), options),
      );
    });
}

function requestOf(options: LaunchOptions, prompt: string, command: readonly string[]): LaunchSessionFields {
  const { adapter, worktree, base } = options;
  if (adapter === undefined && command.length === 0) {
    throw new UsageFailure(
      'neither a command nor an agent was given',
      "write a command after --, or name an agent with --adapter; 'tenure session adapters' lists them",
    );
  }
  const stray = options.repo === undefined ? strayWorkOption(options) : '--repo';
  if (stray !== undefined) throw new UsageFailure(`${stray} needs --agent`);
  if (base !== undefined && worktree === undefined) throw new UsageFailure('--base needs --worktree');
  const directory = resolve(options.directory ?? '.');
  const request = {
    adapter,
    command: [...command],
    prompt,
    model: options.model,
    directory,
    environment: sessionEnvironment(process.env),
    worktree: worktree === undefined ? undefined : { branch: worktree === true ? undefined : worktree, base },
    force: options.force,
    keepStdin: options.stdin,
    onCreate: options.onCreate,
    ...commonFields(options),
  };
  if (adapter === undefined || adapter === PROCESS) {
    checkLaunchedCommand({
      command,
      directory,
      searchPath: process.env['PATH'],
      inWorktree: worktree !== undefined,
      isPrepared: options.onCreate !== undefined,
    });
  }
  return request;
}
