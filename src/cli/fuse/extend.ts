import { durationFromMillis } from '@tenure/client';
import { Command } from 'commander';
import { withClient } from '../connection.js';
import { parseDuration } from '../duration.js';
import { printJson, printLine } from '../output.js';
import { describeFuse, fuseJson } from './fuse_text.js';

const DETAILS = `
The time counts from now, and may be shorter, too. Exit code 66: there is no
such fuse; it may have gone off.

Example:
  tenure fuse extend f3k2q7 1h`;

export function extendCommand(): Command {
  return new Command('extend')
    .summary("move a fuse's time")
    .description('Have a fuse go off at another time.')
    .argument('<id>', "its id, as 'fuse list' shows it")
    .argument('<duration>', 'how long from now', parseDuration)
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (fuseId: string, after: number, options: { json?: boolean }) => {
      const request = { fuseId, after: durationFromMillis(after) };
      const { fuse } = await withClient((client) => client.sessions.extendFuse(request));
      if (fuse === undefined) throw new Error('the daemon answered no fuse');
      if (options.json === true) await printJson({ fuse: fuseJson(fuse) });
      else await printLine(describeFuse(fuse, Date.now()));
    });
}
