import { type Command, CommanderError } from 'commander';
import { commandTrace } from './command_tracing.js';
import { ExitCode } from './exit_codes.js';
import { flush } from './output.js';
import { buildProgram } from './program.js';
import { printReport, reportOf } from './report.js';

const COMMANDS_OF: ReadonlyMap<string | undefined, readonly string[]> = new Map([
  ['secret', ['exec']],
  ['session', ['launch', 'resume']],
]);

/** Splits off what follows `--`: for those that run a command, that command, whose options are its own. */
function splitCommandLine(argv: readonly string[]): {
  args: readonly string[];
  commandLine: readonly string[] | undefined;
} {
  const [first, second] = argv;
  const takesCommand = first === 'run' || COMMANDS_OF.get(first)?.includes(second ?? '') === true;
  const end = takesCommand ? argv.indexOf('--') : -1;
  if (end < 0) return { args: argv, commandLine: undefined };
  return { args: argv.slice(0, end), commandLine: argv.slice(end + 1) };
}

/** Help and version; also the help that a command without its subcommand gets. */
function isPrinted(error: CommanderError): boolean {
  return error.exitCode === 0 || error.code === 'commander.help';
}

async function main(argv: readonly string[]): Promise<void> {
  const { args, commandLine } = splitCommandLine(argv);
  try {
    const program = await buildProgram(args, commandLine);
    program.hook('preAction', (_program, command) => commandTrace()?.name(nameOf(command)));
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && isPrinted(error)) {
      process.exitCode = error.exitCode === 0 ? ExitCode.OK : ExitCode.USAGE;
      return;
    }
    const report = reportOf(error);
    process.exitCode = report.exitCode;
    await printReport(report, args.includes('--json'));
  }
}

/** `tenure lease list`. */
function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}

/** Runs the command of this process. Ends at once: what is still open, such as a connection, needs no farewell. */
export async function runCommandLine(): Promise<void> {
  const argv = process.argv.slice(2);
  try {
    const trace = commandTrace();
    await (trace === undefined ? main(argv) : trace.run(() => main(argv)));
    await flush();
    await trace?.close(Number(process.exitCode ?? ExitCode.OK));
    process.exit();
  } catch (error) {
    process.exitCode = ExitCode.INTERNAL;
    throw error;
  }
}
