import type { Client, Fuse } from '@tenure/client';
import { Command } from 'commander';
import { withClient } from '../connection.js';
import { printJson, printLine } from '../output.js';
import { printable } from '../style.js';
import { describeAction, fuseJson } from './fuse_text.js';

const DETAILS = `
A fuse that is not there, or has gone off, is no error: none of that id goes off
after this.

Example:
  tenure fuse cancel f3k2q7`;

export function cancelCommand(): Command {
  return new Command('cancel')
    .summary('take fuses away')
    .description('Take fuses away before they go off.')
    .argument('<id...>', "their ids, as 'fuse list' shows them")
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (ids: string[], options: { json?: boolean }) => {
      const cancelled = await withClient((client) => cancelAll(client, ids));
      if (options.json === true) {
        await printJson({
          cancelled: [...cancelled.values()].flatMap((fuse) => (fuse === undefined ? [] : [fuseJson(fuse)])),
        });
        return;
      }
      for (const [fuseId, fuse] of cancelled) {
        const what = fuse === undefined ? 'was not there' : `cancelled (${describeAction(fuse.action)})`;
        await printLine(`${printable(fuseId)}: ${what}`);
      }
    });
}

async function cancelAll(client: Client, ids: readonly string[]): Promise<ReadonlyMap<string, Fuse | undefined>> {
  const cancelled = new Map<string, Fuse | undefined>();
  for (const fuseId of new Set(ids)) cancelled.set(fuseId, (await client.sessions.cancelFuse({ fuseId })).cancelled);
  return cancelled;
}
