import { type Command, CommanderError } from 'commander';
import { commandTrace } from './command_tracing.js';
import { ExitCode } from './exit_codes.js';
import { flush, printLine } from './output.js';
import { buildProgram, isCommand } from './program.js';
import { type NamedCommand, printReport, reportOf, warnReport } from './report.js';
import { takesCommandLine } from './takes_command.js';

/** What the scripts of shells ask; see src/cli/completion. */
const COMPLETE = '__complete';
/** What the build asks for dist/tenure.1. */
const MAN_PAGE = '__man';

/** Pages of help that are no command's: `help errors LOST` is a command of that name. */
const HELP_PAGES: ReadonlySet<string | undefined> = new Set(['errors', 'exit-codes']);

/** Splits off what follows `--`: for those that run a command, that command, whose options are its own. */
function splitCommandLine(argv: readonly string[]): {
  args: readonly string[];
  commandLine: readonly string[] | undefined;
} {
  const [first, second] = argv;
  const end = takesCommandLine(first, second) ? argv.indexOf('--') : -1;
  if (end < 0) return { args: argv, commandLine: undefined };
  return { args: argv.slice(0, end), commandLine: argv.slice(end + 1) };
}

/** Help and version; also the help that a command without its subcommand gets. */
function isPrinted(error: CommanderError): boolean {
  return error.exitCode === 0 || error.code === 'commander.help';
}

/** `help lease get` is `lease get --help`, `help errors LOST` a command of that name, `help nonsense` an unknown one. */
function withoutHelpCommand(argv: readonly string[]): readonly string[] {
  const [first, ...words] = argv;
  const [name] = words;
  if (first !== 'help' || name === undefined || name.startsWith('-')) return argv;
  return HELP_PAGES.has(name) || !isCommand(name) ? words : [...words, '--help'];
}

/** The words of the arguments that name a command, as far as they do, and the names of what is below it. */
function commandNamed(program: Command, args: readonly string[]): NamedCommand {
  const words: string[] = [];
  let command = program;
  for (const word of args) {
    const child = command.commands.find((one) => one.name() === word);
    if (child === undefined) break;
    command = child;
    words.push(word);
  }
  const visible = command.createHelp().visibleCommands(command);
  return { words, children: visible.map((child) => child.name()) };
}

async function main(argv: readonly string[]): Promise<void> {
  const [first] = argv;
  const { args, commandLine } = splitCommandLine(withoutHelpCommand(argv));
  let command: NamedCommand | undefined;
  try {
    if (first === COMPLETE) return await (await import('./completion/complete.js')).complete(argv.slice(1));
    if (first === MAN_PAGE) {
      const { manPage } = await import('./man/man_page.js');
      return await printLine((await manPage(new Date().toISOString().slice(0, 'yyyy-mm-dd'.length))).trimEnd());
    }
    const program = await buildProgram(args, commandLine);
    command = commandNamed(program, args);
    program.hook('preAction', (_program, command) => commandTrace()?.name(nameOf(command)));
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && isPrinted(error)) {
      process.exitCode = error.exitCode === 0 ? ExitCode.OK : ExitCode.USAGE;
      return;
    }
    const report = reportOf(error, command);
    process.exitCode = report.exitCode;
    await printReport(report, args.includes('--json'));
  }
}

/** `tenure lease list`. */
function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}

/** A fault of tenure itself, wherever it comes up: told like any other error, and the end. */
function fail(error: unknown): void {
  const report = reportOf(error);
  warnReport(report);
  process.exit(report.exitCode);
}

/** Runs the command of this process. Ends at once: what is still open, such as a connection, needs no farewell. */
export async function runCommandLine(): Promise<void> {
  process.on('uncaughtException', fail);
  const argv = process.argv.slice(2);
  try {
    const trace = commandTrace();
    await (trace === undefined ? main(argv) : trace.run(() => main(argv)));
    await flush();
    await trace?.close(Number(process.exitCode ?? ExitCode.OK));
    process.exit();
  } catch (error) {
    fail(error);
  }
}
