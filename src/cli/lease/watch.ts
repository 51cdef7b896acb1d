import { isTenureError, type LeaseEvent, LeaseEventType, timestampToDate } from '@tenure/client';
import { Command } from 'commander';
import { withClient } from '../connection.js';
import { enumWord } from '../json_values.js';
import { printJson, printLine, warn } from '../output.js';
import { printable, style } from '../style.js';
import { parseRevision, parseState } from './lease_arguments.js';
import { eventJson } from './lease_json.js';
import { describeHolder } from './lease_text.js';
import { type FilterOptions, filterOf } from './list.js';

interface WatchOptions extends FilterOptions {
  readonly after?: bigint;
  readonly json?: boolean;
}

const DETAILS = `
First the leases as they are, then "synced", then each change once and in
order. A restart of the daemon leaves no gap. With --json a line an event:
{"type":"acquired","revision":"17","lease":{...}}. --after resumes where an
earlier watch ended; where the history no longer reaches back so far, the
leases as they are come first again.

Examples:
  tenure lease watch
  tenure lease watch dir/home/me --json
  tenure lease watch --after 1754822400000017`;

export function watchCommand(): Command {
  return new Command('watch')
    .summary('show leases as they change')
    .description('Show leases as they are, and then as they change.')
    .argument('[prefix]', 'only this resource and all below it')
    .option('--client-id <id>', 'only of this client')
    .option('--state <state>', 'only active or draining; may be repeated', parseState)
    .option('--after <revision>', 'only what came after this revision', parseRevision)
    .option('--json', 'print a JSON line an event')
    .addHelpText('after', DETAILS)
    .action(async (prefix: string | undefined, options: WatchOptions) => {
      let seen = options.after;
      const watchOptions = {
        filter: filterOf(prefix, options),
        afterRevision: options.after,
        onBreak: (error: Error) => warn(`tenure: ${describeBreak(error, seen)}`),
      };
      await withClient(async (client) => {
        for await (const event of client.watchLeases(watchOptions)) {
          seen = event.revision;
          if (options.json === true) await printJson(eventJson(event));
          else if (event.type !== LeaseEventType.BOOKMARK) await printLine(describeEvent(event));
        }
      });
    });
}

/** Why the events stop for a while, or begin anew. `seen` is the last revision that the watch got to. */
function describeBreak(error: Error, seen: bigint | undefined): string {
  if (isTenureError(error, 'FUTURE_REVISION')) {
    return `revision ${seen ?? 0n} is ahead of the daemon's (another state folder?); starting from a snapshot`;
  }
  if (isTenureError(error, 'COMPACTED')) {
    return `the history no longer reaches back to revision ${seen ?? 0n}; starting from a snapshot`;
  }
  if (isTenureError(error, 'SLOW_WATCHER')) return 'the watch was read too slowly; it goes on where it stopped';
  return 'the daemon is away; the watch goes on when it is back';
}

/** `12:04:05  acquired  nightly  pid 812 npm run sync-kb`. */
function describeEvent(event: LeaseEvent): string {
  const time = event.eventTime === undefined ? '' : timestampToDate(event.eventTime).toTimeString().slice(0, 8);
  const word = enumWord(LeaseEventType, event.type).padEnd(11);
  const { lease } = event;
  if (lease === undefined) return style('dim', `${time.padEnd(8)}  ${word} revision ${event.revision}`);
  return `${time.padEnd(8)}  ${style('bold', word)} ${printable(lease.resource)}  ${describeHolder(lease)}  ${style('dim', lease.leaseId)}`;
}
