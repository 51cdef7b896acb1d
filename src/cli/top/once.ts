import { homedir } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@tenure/client';
import { statusJson } from '../health_json.js';
import { optional } from '../json_values.js';
import { leaseJson } from '../lease/lease_json.js';
import { sessionJson } from '../session/session_json.js';
import { style } from '../style.js';
import { taskJson } from '../task/task_json.js';
import { Feeds } from './feeds.js';
import { LiveState } from './live_state.js';
import { needsLookup } from './lookups.js';
import { listsOf, picture } from './picture.js';
import { systemNow } from './system_now.js';
import { FIRST_VIEW } from './view_state.js';

/** How long to wait for what does not answer yet, such as sessions that are being taken up. */
const PATIENCE_MS = 5_000;
/** What is no terminal and has no COLUMNS. */
const DEFAULT_COLUMNS = 120;

/** One picture of all there is, as text. */
export async function onceAsText(client: Client, filter: string): Promise<string> {
  const state = await whole(client);
  const now = systemNow();
  const view = { ...FIRST_VIEW, filter };
  const columns = process.stdout.columns || Number(process.env['COLUMNS']) || DEFAULT_COLUMNS;
  const size = { columns, rows: Number.POSITIVE_INFINITY };
  const lines = picture(state, view, listsOf(state, view, now, homedir()), size, now, undefined);
  return lines
    .map((line) => line.map(({ text, tone }) => (tone === undefined ? text : style(tone, text))).join(''))
    .map((line) => line.trimEnd())
    .join('\n');
}

/** The content of one picture. */
export async function onceAsJson(client: Client, filter: string): Promise<object> {
  const state = await whole(client);
  const { rows } = listsOf(state, { ...FIRST_VIEW, filter }, systemNow(), homedir());
  const { status, leases, queues, sessions, tasks } = state;
  return {
    ...optional('status', status, statusJson),
    leases: rows.leases.flatMap(({ key }) => {
      const lease = leases.get(key)?.lease;
      return lease === undefined ? [] : [{ ...leaseJson(lease), waiters: queues.get(lease.resource)?.length ?? 0 }];
    }),
    sessions: rows.sessions.flatMap(({ key }) => {
      const session = sessions.get(key)?.session;
      return session === undefined ? [] : [sessionJson(session)];
    }),
    tasks: rows.tasks.flatMap(({ key }) => {
      const task = tasks.get(key);
      return task === undefined ? [] : [taskJson(task)];
    }),
  };
}

/** All that the daemon tells at first, with the true names of commands. */
async function whole(client: Client): Promise<LiveState> {
  const state = new LiveState();
  const stop = new AbortController();
  const feeds = new Feeds({ client, state, now: systemNow, onChange: () => undefined, signal: stop.signal });
  const fed = feeds.run();
  // The feeds end by a fault alone until they are stopped.
  await Promise.race([fed, Promise.all(Object.values(feeds.synced)), pause(PATIENCE_MS, undefined, { ref: false })]);
  stop.abort();
  await fed;
  const settled = { ...systemNow(), steadyMs: Number.POSITIVE_INFINITY };
  for (const entry of [...state.leases.values()]) {
    if (entry.deadlineMs !== undefined || !needsLookup(entry, settled)) continue;
    const { leaseId } = entry.lease;
    const found = await client.leases.getLease({ leaseId }).catch(() => undefined);
    if (found?.lease !== undefined) state.lookedUp(found.lease, systemNow());
  }
  return state;
}
