import { basename } from 'node:path';

/** How an interpreter reads its arguments: what comes before the script's name. */
interface Interpreter {
  readonly program: RegExp;
  /** Options whose value is the next argument. */
  readonly withValue: ReadonlySet<string>;
  /** After these no script is named: the code itself is an argument, or a module, or comes by standard input. */
  readonly withoutScript: RegExp;
}

/** Words before the script that are no options: `bun run x.ts`, `node inspect x.js`. */
const SUBCOMMANDS: ReadonlySet<string> = new Set(['run', 'inspect']);

const NODE_OPTIONS_WITH_VALUE = [
  '-r',
  '--require',
  '--import',
  '--loader',
  '--experimental-loader',
  '-C',
  '--conditions',
];
const NODE_FILES = [
  '--env-file',
  '--env-file-if-exists',
  '--openssl-config',
  '--icu-data-dir',
  '--title',
  '--input-type',
];

const INTERPRETERS: readonly Interpreter[] = [
  {
    program: /^(node|nodejs|bun|deno)$/,
    withValue: new Set([...NODE_OPTIONS_WITH_VALUE, ...NODE_FILES]),
    withoutScript: /^(-|-e|-p|-pe|--eval(=.*)?|--print(=.*)?)$/s,
  },
  {
    program: /^python[\d.]*$/,
    withValue: new Set(['-W', '-X']),
    withoutScript: /^-([a-zA-Z]*[cm].*)?$/s,
  },
  {
    program: /^(sh|bash|dash|zsh|ksh|ash|fish)$/,
    withValue: new Set(['-o', '+o', '-O', '+O', '--rcfile', '--init-file']),
    withoutScript: /^(-|-[a-zA-Z]*[cs].*|--command.*)$/s,
  },
  {
    program: /^(ruby|perl)[\d.]*$/,
    withValue: new Set(['-I', '-r', '-C']),
    // Not the letters in the names of modules and folders: -MTest::More, -I/lib/perl, -rjson.
    withoutScript: /^-((?![IMmrC])[a-zA-Z0-9]*[eE].*)?$/s,
  },
];

/**
 * The argument that names an interpreter's script. Undefined for programs
 * that are no interpreters, and where the code has no file. No other
 * argument is ever answered: those may hold secrets.
 */
export function scriptArgument(executable: string, argv: readonly string[]): string | undefined {
  // One busybox is a shell and all the rest; which, its own name says.
  const name = basename(executable) === 'busybox' ? (argv[0] ?? '') : executable;
  const program = basename(name).replace(/^-/, '');
  const interpreter = INTERPRETERS.find((known) => known.program.test(program));
  if (interpreter === undefined) return undefined;
  for (let index = 1; index < argv.length; index += 1) {
    const arg = argv[index] ?? '';
    if (arg === '--') return argv[index + 1];
    if (interpreter.withoutScript.test(arg)) return undefined;
    if (interpreter.withValue.has(arg)) index += 1;
    else if (!/^[-+]/.test(arg) && !SUBCOMMANDS.has(arg)) return arg;
  }
  return undefined;
}
