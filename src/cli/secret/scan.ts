import { existsSync, lstatSync } from 'node:fs';
import { Command } from 'commander';
import { ExitCode } from '../exit_codes.js';
import { Failure } from '../failure.js';
import { printJson, printLine, warn } from '../output.js';
import { printable, style } from '../style.js';
import { systemWords } from '../system_words.js';
import { filesBelow, type ScannedFile } from './scan_files.js';
import { type Finding, findCredentials, styleOf } from './scan_rules.js';
import { count } from './secret_text.js';

const DETAILS = `
Looks for private keys, tokens of well-known makers, passwords in URLs, and
values that look random given to names such as API_TOKEN or password. What was
found shows with its first four characters.

Folders .git and node_modules, binary files and files over 5 MB are skipped,
and links are not followed. A line with tenure:ignore in it, say in a comment,
is skipped too.

Exit code 1: something was found, or a file could not be read.

Examples:
  tenure secret scan
  tenure secret scan src config .env
  git diff --cached --name-only -z | xargs -0 tenure secret scan --`;

export function scanCommand(): Command {
  return new Command('scan')
    .summary('look for credentials in files')
    .description('Look for credentials that stand in files in clear. Needs no daemon.')
    .argument('[path...]', 'files and folders (default: this folder)')
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (paths: string[], options: { json?: boolean }) => {
      const roots = paths.length === 0 ? ['.'] : paths;
      for (const path of roots) {
        if (isThere(path)) continue;
        throw new Failure('NO_INPUT', ExitCode.NO_INPUT, `there is no file or folder ${printable(path)}`);
      }
      await scan(roots, options.json === true);
    });
}

/** A link that leads nowhere is there. */
function isThere(path: string): boolean {
  return existsSync(path) || lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

interface Found extends Finding {
  readonly path: string;
  /** From 1. */
  readonly line: number;
}

async function scan(roots: readonly string[], json: boolean): Promise<void> {
  const found: Found[] = [];
  const counts: Record<ScannedFile['kind'], number> = { text: 0, binary: 0, large: 0, link: 0, unreadable: 0 };
  for (const root of roots) {
    for (const file of filesBelow(root)) {
      counts[file.kind] += 1;
      if (file.kind === 'unreadable') warn(`tenure: ${printable(file.path)} can't be read: ${systemWords(file.code)}`);
      if (file.kind !== 'text') continue;
      const inFile = findIn(file.path, file.text);
      // One by one: a call takes so many arguments and no more.
      for (const one of inFile) found.push(one);
      if (!json) for (const one of inFile) await printLine(describe(one));
    }
  }
  if (json) await printJson({ findings: found, files: counts.text, skipped: skippedOf(counts) });
  else await printLine(summarize(found, counts));
  if (found.length > 0 || counts.unreadable > 0) process.exitCode = ExitCode.FAILED;
}

function findIn(path: string, text: string): Found[] {
  const fileStyle = styleOf(path);
  return text
    .split('\n')
    .flatMap((line, index) => findCredentials(line, fileStyle).map((one) => ({ path, line: index + 1, ...one })));
}

function describe({ path, line, kind, name, start }: Found): string {
  const what = name === undefined ? kind : `${kind} ${printable(name)}`;
  return `${printable(path)}:${line}  ${style('yellow', what)}  ${printable(start)}…`;
}

type Counts = Readonly<Record<ScannedFile['kind'], number>>;

function skippedOf({ binary, large, link, unreadable }: Counts): Omit<Counts, 'text'> {
  return { binary, large, link, unreadable };
}

function summarize(found: readonly Found[], counts: Counts): string {
  const files = count(counts.text, 'file');
  const skipped = [
    counts.large > 0 ? `${counts.large} over 5 MB skipped` : '',
    counts.unreadable > 0 ? `${counts.unreadable} could not be read` : '',
  ].filter((part) => part !== '');
  const what =
    found.length === 0
      ? `nothing found in ${files}`
      : `${count(found.length, 'credential')} in ${count(new Set(found.map(({ path }) => path)).size, 'file')} of ${files}`;
  return [what, ...skipped].join('; ');
}
