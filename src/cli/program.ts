import { Command } from 'commander';
import { EXIT_CODES_HELP } from './exit_codes_help.js';
import { print, printJson, printLine } from './output.js';
import { version } from './version.js';

interface Entry {
  readonly name: string;
  readonly summary: string;
  /** Loads the command with all that it needs; only the one in use is. */
  load(commandLine: readonly string[] | undefined): Promise<Command>;
}

const ENTRIES: readonly Entry[] = [
  {
    name: 'run',
    summary: 'run a command under a lease',
    load: async (commandLine) => (await import('./run/run_command.js')).runCommand(commandLine),
  },
  {
    name: 'orchestrate',
    summary: 'run tasks when they are due, each in its turn',
    load: async () => (await import('./orchestrate.js')).orchestrateCommand(),
  },
  {
    name: 'lease',
    summary: 'acquire, show and end leases',
    load: async () => (await import('./lease/lease_command.js')).leaseCommand(),
  },
  {
    name: 'secret',
    summary: 'keep secrets, and lend them',
    load: async (commandLine) => (await import('./secret/secret_command.js')).secretCommand(commandLine),
  },
  {
    name: 'session',
    summary: 'launch, show and stop sessions of agents',
    load: async (commandLine) => (await import('./session/session_command.js')).sessionCommand(commandLine),
  },
  {
    name: 'agent',
    summary: 'run configured agents in containers',
    load: async () => (await import('./agent/agent_command.js')).agentCommand(),
  },
  {
    name: 'task',
    summary: 'show and trigger maintenance tasks',
    load: async () => (await import('./task/task_command.js')).taskCommand(),
  },
  {
    name: 'fuse',
    summary: 'set timers that go off once',
    load: async () => (await import('./fuse/fuse_command.js')).fuseCommand(),
  },
  {
    name: 'audit',
    summary: 'show who did what',
    load: async () => (await import('./audit.js')).auditCommand(),
  },
  {
    name: 'timeline',
    summary: 'show who held what, and who waited',
    load: async () => (await import('./timeline/timeline_command.js')).timelineCommand(),
  },
  {
    name: 'config',
    summary: 'check the configuration',
    load: async () => (await import('./config/config_command.js')).configCommand(),
  },
  {
    name: 'health',
    summary: 'show how the daemon is',
    load: async () => (await import('./health.js')).healthCommand(),
  },
  {
    name: 'top',
    summary: 'watch leases, sessions and tasks live',
    load: async () => (await import('./top/top_command.js')).topCommand(),
  },
  {
    name: 'doctor',
    summary: 'look for what is wrong, and say what to do',
    load: async () => (await import('./doctor/doctor.js')).doctorCommand(),
  },
  {
    name: 'completion',
    summary: 'print the script by which a shell completes',
    load: async () => (await import('./completion/completion_command.js')).completionCommand(),
  },
  {
    name: 'daemon',
    summary: 'start, stop and look after the daemon',
    load: async () => (await import('./daemon/daemon_command.js')).daemonCommands(),
  },
];

export function isCommand(name: string): boolean {
  return ENTRIES.some((entry) => entry.name === name);
}

const EXAMPLES = `
Examples:
  tenure run heavy-maintenance -- ./reindex.sh     one at a time on this machine
  tenure run gpu --capacity 2 --wait 10m -- train  at most two, wait for a place
  tenure lease list                                who holds what
  tenure lease explain heavy-maintenance           who holds it, who waits
  tenure secret exec -- ./deploy.sh                with secrets in its environment
  tenure session launch -a codex -p 'mend it'      an agent, beside this shell
  tenure session list                              which agents run here
  tenure task list                                 maintenance: what ran, what waits
  tenure audit --since 1h                          who did what in the last hour
  tenure top                                       all of it, live
  tenure help exit-codes                           what the exit codes mean
  tenure help errors                               what the reasons of errors mean`;

/** The program with the one command loaded that the arguments name, and the names of the others; `whole`: with all. */
export async function buildProgram(
  args: readonly string[],
  commandLine: readonly string[] | undefined,
  { whole = false }: { readonly whole?: boolean } = {},
): Promise<Command> {
  const program = new Command('tenure')
    .description('Leases, secrets, sessions and health for everything that runs on this machine.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .addHelpText('after', EXAMPLES)
    // Errors are told in one place, in text or JSON.
    .configureOutput({
      outputError: () => undefined,
      writeOut: (text) => print(text),
      writeErr: (text) => print(text, process.stderr),
    })
    .exitOverride();
  const named = args[0] === 'help' ? args[1] : args[0];
  for (const entry of ENTRIES) {
    if (whole || entry.name === named) program.addCommand(inherit(program, await entry.load(commandLine)));
    else program.command(entry.name).summary(entry.summary);
  }
  program
    .command('exit-codes', { hidden: true })
    .description('Say what the exit codes mean.')
    .action(() => printLine(EXIT_CODES_HELP));
  program
    .command('errors', { hidden: true })
    .description('Say what the reasons of errors mean.')
    .argument('[reason]', 'one of them')
    .option('--json', 'print JSON')
    .action(async (reason: string | undefined, options: { json?: boolean }) => {
      const { errorsHelp, errorsJson } = await import('./errors/errors_help.js');
      if (options.json === true) await printJson(errorsJson(reason));
      else await printLine(errorsHelp(reason));
    });
  return program;
}

/** A command that was made apart takes over how the program ends and reports. */
function inherit(parent: Command, command: Command): Command {
  command.copyInheritedSettings(parent);
  for (const child of command.commands) inherit(command, child);
  return command;
}
