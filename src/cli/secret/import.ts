import { readFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import type { Client } from '@tenure/client';
import { Command } from 'commander';
import { withClient } from '../connection.js';
import { ExitCode } from '../exit_codes.js';
import { Failure } from '../failure.js';
import type { Json } from '../lease/lease_json.js';
import { printJson, printLine, warn } from '../output.js';
import { printable, style } from '../style.js';
import { systemWords } from '../system_words.js';
import { table } from '../table.js';
import { type ImportEntry, readImport } from './import_rules.js';
import { type Imported, importSecrets } from './import_secrets.js';
import { listSecrets } from './secret_pages.js';

interface ImportOptions {
  readonly namespace?: string;
  readonly update?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const DETAILS = `
The file has NAME=VALUE lines, as .env files do, or is a JSON object of texts.
Names become the secrets' names as they are. All names and values are checked
before the first secret is added. Nothing in a value is expanded.

A secret that is there already is left alone, and fails, unless --update gives
it the new value. Exit code 1: a secret was not added; the table says why.

Examples:
  tenure secret import .env --namespace shop && rm .env
  tenure secret import .env --dry-run
  op item get shop --format json | jq '...' | tenure secret import - --update`;

export function importCommand(): Command {
  return new Command('import')
    .summary('add the secrets of an env file or a JSON object')
    .description('Add the secrets of an env file or a JSON object to the vault.')
    .argument('<file>', "the file; '-' reads standard input")
    .option('--namespace <namespace>', 'goes before each name, with a slash')
    .option('--update', 'give secrets that are there already the new values')
    .option('--dry-run', 'say what would be done, without values; add nothing')
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (file: string, options: ImportOptions) => {
      const name = file === '-' ? 'standard input' : printable(file);
      const { entries, faults } = readImport(await readText(file, name), options.namespace);
      if (faults.length > 0) throw invalid(name, faults);
      await withClient((client) => (options.dryRun === true ? plan : execute)(client, entries, options));
      if (file !== '-' && options.dryRun !== true && options.json !== true) {
        warn(`tenure: ${name} still has the values in clear; delete it when nothing needs it`);
      }
    });
}

async function readText(file: string, name: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = file === '-' ? await buffer(process.stdin) : readFileSync(file);
  } catch (error) {
    throw new Failure('NO_INPUT', ExitCode.NO_INPUT, `${name} can't be read: ${systemWords(error)}`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalid(name, ['it is no UTF-8 text']);
  }
}

function invalid(name: string, faults: readonly string[]): Failure {
  const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`;
  const message = [`${name} has ${count}; nothing was added:`, ...faults.map((fault) => `  ${printable(fault)}`)];
  return new Failure('IMPORT_INVALID', ExitCode.USAGE, message.join('\n'));
}

async function execute(client: Client, entries: readonly ImportEntry[], options: ImportOptions): Promise<void> {
  const results = await importSecrets(client, entries, options.update === true);
  if (options.json === true) await printJson({ secrets: results.map(importedJson) });
  else await printLine(describe(results.map((one) => [printable(one.name), wordOf(one), detailOf(one)])));
  if (results.some(({ outcome }) => outcome === 'failed' || outcome === 'skipped')) process.exitCode = ExitCode.FAILED;
}

async function plan(client: Client, entries: readonly ImportEntry[], options: ImportOptions): Promise<void> {
  const there = new Set((await listSecrets(client, options.namespace ?? '')).map(({ name }) => name));
  const results = entries.map(({ name }) => {
    if (!there.has(name)) return { name, outcome: 'would-add' } as const;
    return { name, outcome: options.update === true ? 'would-update' : 'exists' } as const;
  });
  if (options.json === true) await printJson({ dryRun: true, secrets: results });
  else await printLine(describe(results.map(({ name, outcome }) => [printable(name), outcome.replace('-', ' '), ''])));
  if (results.some(({ outcome }) => outcome === 'exists')) process.exitCode = ExitCode.FAILED;
}

function describe(rows: readonly (readonly string[])[]): string {
  const hasDetails = rows.some(([, , detail]) => detail !== '');
  const titles = ['NAME', 'OUTCOME', ...(hasDetails ? ['WHY'] : [])];
  return table([titles.map((title) => style('bold', title)), ...rows]);
}

function wordOf({ outcome }: Imported): string {
  switch (outcome) {
    case 'added':
    case 'updated':
      return style('green', outcome);
    case 'failed':
      return style('red', outcome);
    case 'skipped':
      return style('yellow', outcome);
  }
}

function detailOf(imported: Imported): string {
  switch (imported.outcome) {
    case 'added':
    case 'updated':
      return '';
    case 'failed': {
      const hint = imported.reason === 'SECRET_EXISTS' ? '; --update gives it the new value' : '';
      return `${printable(imported.message)}${hint}`;
    }
    case 'skipped':
      return 'not tried, after a failure that concerns all';
  }
}

function importedJson(imported: Imported): Json {
  return 'version' in imported ? { ...imported, version: imported.version.toString() } : { ...imported };
}
