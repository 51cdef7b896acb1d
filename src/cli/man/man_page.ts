import type { Command } from 'commander';
import { ENVIRONMENT_VARIABLES } from '../environment_variables.js';
import { EXIT_CODES_HELP } from '../exit_codes_help.js';
import { buildProgram } from '../program.js';
import { version } from '../version.js';
import { entry, heading, opening, roffArgument, roffText, verbatim } from './roff_rules.js';

/** Places that a person may look for, as docs/configuration.md has them. */
const FILES = [
  ['~/.config/tenure/config.yaml', 'The configuration; TENURE_CONFIG names another.'],
  [
    '~/.local/state/tenure/MACHINE/',
    'The state folder, unless an earlier start decided otherwise; TENURE_STATE_DIR names another.',
  ],
  [
    '$XDG_RUNTIME_DIR/tenure/tenure.sock',
    'The socket; where there is no such folder, tenure.sock in the state folder.',
  ],
] as const;

/** tenure(1), from what --help prints; the date as `2026-05-01`. */
export async function manPage(date: string): Promise<string> {
  const program = await buildProgram([], undefined, { whole: true });
  const lines = [
    `.TH TENURE 1 "${date}" ${roffArgument(`tenure ${version()}`)} "User Commands"`,
    heading('SH', 'NAME'),
    roffText(`tenure - ${lowered(program.description())}`),
    heading('SH', 'SYNOPSIS'),
    '.B tenure',
    '.I command',
    roffText('[argument...] [option...]'),
    heading('SH', 'DESCRIPTION'),
    ...opening(program.description()),
    ...verbatim(textAfterHelp(program)),
    heading('SH', 'COMMANDS'),
    ...program.commands.flatMap((command) => describe(command, [])),
    heading('SH', 'EXIT STATUS'),
    ...verbatim(EXIT_CODES_HELP, 'first'),
    heading('SH', 'ENVIRONMENT'),
    ...ENVIRONMENT_VARIABLES.flatMap(({ name, text }) => entry(name, sentence(text))),
    heading('SH', 'FILES'),
    ...FILES.flatMap(([path, text]) => entry(path, text)),
  ];
  return `${lines.join('\n')}\n`;
}

/** A command that does something; of one that has commands of its own, these. */
function describe(command: Command, above: readonly string[]): readonly string[] {
  const path = [...above, command.name()];
  const help = command.createHelp();
  const children = help.visibleCommands(command).filter((child) => child.name() !== 'help');
  if (children.length > 0) return children.flatMap((child) => describe(child, path));
  if (isHidden(command)) return [];
  const options = help.visibleOptions(command).filter(({ long }) => long !== '--help');
  return [
    heading('SS', `tenure ${path.join(' ')} ${command.usage()}`),
    ...opening(help.commandDescription(command)),
    ...command.registeredArguments.flatMap((argument) =>
      argument.description === '' ? [] : entry(help.argumentTerm(argument), sentence(argument.description)),
    ),
    ...options.flatMap((option) => entry(help.optionTerm(option), sentence(help.optionDescription(option)))),
    ...verbatim(textAfterHelp(command)),
  ];
}

/** Commander tells only by what its parent shows. */
function isHidden(command: Command): boolean {
  const { parent } = command;
  return parent !== null && !parent.createHelp().visibleCommands(parent).includes(command);
}

/** What stands below the lists of `--help`. */
function textAfterHelp(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  return text.slice(command.helpInformation().length);
}

function sentence(text: string): string {
  const first = text.slice(0, 1).toUpperCase();
  return `${first}${text.slice(1)}${/[.)]$/.test(text) ? '' : '.'}`;
}

function lowered(text: string): string {
  return `${text.slice(0, 1).toLowerCase()}${text.slice(1).replace(/\.$/, '')}`;
}
