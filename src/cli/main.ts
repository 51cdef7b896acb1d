/** The command line's entry. What each command does stands in a file of its own. */
import { CommanderError } from 'commander';
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

/** Ends at once: what is still open, such as a connection, needs no farewell. */
async function mainAndExit(): Promise<void> {
  await main(process.argv.slice(2));
  await flush();
  process.exit();
}

mainAndExit().catch((error: unknown) => {
  process.exitCode = ExitCode.INTERNAL;
  throw error;
});
