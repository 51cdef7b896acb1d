import { homedir } from 'node:os';
import { isTenureError, type Session, type SessionEvent, SessionEventType, SessionState } from '@tenure/client';
import { Command } from 'commander';
import { withClient } from '../connection.js';
import { enumWord } from '../json_values.js';
import { parseRevision } from '../lease/lease_arguments.js';
import { printJson, printLine, warn } from '../output.js';
import { printable, style } from '../style.js';
import { addFilterOptions, type FilterOptions, filterOf } from './filter_options.js';
import { sessionEventJson } from './session_json.js';
import { describeEnd, describeState, describeWork, shortPath } from './session_text.js';

interface WatchOptions extends FilterOptions {
  readonly ended?: boolean;
  readonly after?: bigint;
  readonly json?: boolean;
}

const LONGEST_PROMPT = 40;

const DETAILS = `
First the sessions as they are, without those that have ended before, then
"synced", then what becomes of them, in order: added, changed, ended, removed.
A stop may still be ending what a session has started when that has ended.
While somebody watches, the agents are asked every 2s. With --json a line an
event:
{"type":"ended","revision":"17","session":{...}}. --after resumes where an
earlier watch ended; where the history no longer reaches back so far, as after a
restart of the daemon, the sessions as they are come first again.

Examples:
  tenure session watch
  tenure session watch --group nightly --json | jq -c 'select(.type == "ended")'`;

export function watchCommand(): Command {
  const command = new Command('watch')
    .summary('show sessions as they change')
    .description('Show sessions as they are, and then as they change.')
    .option('-e, --ended', 'also those that had ended before');
  return addFilterOptions(command)
    .option('--after <revision>', 'only what came after this revision', parseRevision)
    .option('--json', 'print a JSON line an event')
    .addHelpText('after', DETAILS)
    .action(async (options: WatchOptions) => {
      const watchOptions = {
        filter: filterOf(options),
        afterRevision: options.after,
        onBreak: (error: Error) => warn(`tenure: ${describeBreak(error)}`),
      };
      const home = homedir();
      await withClient(async (client) => {
        for await (const event of client.watchSessions(watchOptions)) {
          if (isOldNews(event, options)) continue;
          if (options.json === true) await printJson(sessionEventJson(event));
          else await printLine(describeEvent(event, home));
        }
      });
    });
}

function isOldNews({ type, session }: SessionEvent, { ended, state }: WatchOptions): boolean {
  const wanted = ended === true || state?.includes(SessionState.ENDED) === true;
  return !wanted && type === SessionEventType.SNAPSHOT && session?.state === SessionState.ENDED;
}

/** Why the events stop for a while, or begin anew. */
function describeBreak(error: Error): string {
  if (isTenureError(error, 'COMPACTED') || isTenureError(error, 'FUTURE_REVISION')) {
    return 'the history does not reach back so far; starting from a snapshot';
  }
  if (isTenureError(error, 'SLOW_WATCHER')) return 'the watch was read too slowly; it goes on where it stopped';
  if (isTenureError(error, 'RECONCILING')) return 'the daemon takes its sessions up; the watch goes on when it has';
  return 'the daemon is away; the watch goes on when it is back';
}

/** `12:04:05  ended     s4k2q7e3mzq5a  claude-code  failure 7  ~/repo  mend the flaky test`. */
function describeEvent({ type, session, revision }: SessionEvent, home: string): string {
  const time = new Date().toTimeString().slice(0, 'hh:mm:ss'.length);
  const word = enumWord(SessionEventType, type).padEnd(8);
  if (session === undefined) return style('dim', `${time}  ${word}  revision ${revision}`);
  const parts = [
    time,
    style('bold', word),
    printable(session.sessionId),
    ...describeWho(session),
    type === SessionEventType.ENDED ? describeEnd(session) : describeState(session),
    session.agent === '' ? shortPath(session.directory, home) : printable(session.repo),
    describeWork(session, LONGEST_PROMPT),
  ];
  return parts.filter((part) => part !== '').join('  ');
}

/** Of a configured agent its name, too. */
function describeWho({ adapter, agent }: Session): readonly string[] {
  return [printable(adapter), printable(agent)];
}
