import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { withClient } from '../connection.js';
import { printJson, printLine } from '../output.js';
import { describeFuses, fuseJson } from './fuse_text.js';

interface ListOptions {
  readonly session?: string;
  readonly directory?: string;
  readonly json?: boolean;
}

const DETAILS = `
Examples:
  tenure fuse list
  tenure fuse list --session s4k2q --json`;

export function listCommand(): Command {
  return new Command('list')
    .alias('ls')
    .summary('list fuses')
    .description('List fuses, the next one first.')
    .option('--session <id>', 'only of this session')
    .option('-C, --directory <dir>', 'only of this directory')
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async ({ session, directory, json }: ListOptions) => {
      const request = { sessionId: session, directory: directory === undefined ? undefined : resolve(directory) };
      const { fuses } = await withClient((client) => client.sessions.listFuses(request));
      if (json === true) await printJson({ fuses: fuses.map(fuseJson) });
      else await printLine(fuses.length === 0 ? 'no fuses' : describeFuses(fuses, homedir(), Date.now()));
    });
}
