import { homedir } from 'node:os';
import { type Client, type ListSessionsResponse, SessionState } from '@tenure/client';
import { Command } from 'commander';
import { withClient } from '../connection.js';
import { printJson, printLine } from '../output.js';
import { addFilterOptions, type FilterOptions, filterOf } from './filter_options.js';
import { adapterJson, sessionJson } from './session_json.js';
import { describeFailedAdapters, describeSessions } from './session_table.js';
import { shortIds } from './short_id_rules.js';

interface ListOptions extends FilterOptions {
  readonly ended?: boolean;
  readonly json?: boolean;
}

const DETAILS = `
All agents on this machine are asked at once, those that nobody launched here
too, each for at most 5s. One that does not answer has a line below the table;
its sessions that were launched here are shown as they were known, as stale.
The exit code is 0 all the same.

Ids are shortened as far as each names one session; every command takes them so.

Examples:
  tenure session list
  tenure session list --ended --group nightly
  tenure session list --state waiting --state stalled
  tenure session list --json | jq -r '.sessions[] | select(.model != "") | .sessionId'`;

export function listCommand(): Command {
  const command = new Command('list')
    .alias('ls')
    .summary('list sessions')
    .description('List the sessions of agents and commands on this machine.')
    .option('-e, --ended', 'also those that have ended');
  return addFilterOptions(command)
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (options: ListOptions) => {
      const filter = filterOf(options);
      const ended = options.ended === true || filter.states?.includes(SessionState.ENDED) === true;
      await withClient(async (client) => {
        const wanted = client.sessions.listSessions({ filter, ended });
        if (options.json === true) await printListJson(await wanted);
        else await printList(client, wanted);
      });
    });
}

async function printListJson({ sessions, adapters }: ListSessionsResponse): Promise<void> {
  await printJson({ sessions: sessions.map(sessionJson), adapters: adapters.map(adapterJson) });
}

async function printList(client: Client, wanted: Promise<ListSessionsResponse>): Promise<void> {
  // An id is short as long as no session at all, an ended one neither, is named by it too. The daemon asks everybody once for both.
  const [{ sessions, adapters }, all] = await Promise.all([wanted, client.sessions.listSessions({ ended: true })]);
  const surroundings = { ids: shortIds(all.sessions), home: homedir(), nowMs: Date.now() };
  await printLine(sessions.length === 0 ? 'no sessions' : describeSessions(sessions, surroundings));
  for (const line of describeFailedAdapters(adapters)) await printLine(line);
}
