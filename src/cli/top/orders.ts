import { homedir } from 'node:os';
import { stripVTControlCharacters } from 'node:util';
import type { Client } from '@tenure/client';
import { describeResource } from '../lease/explain_text.js';
import { describeSession } from '../session/session_details.js';
import { describeState } from '../session/session_text.js';
import { printable } from '../style.js';
import { describeTask } from '../task/task_details.js';
import type { LiveState } from './live_state.js';
import type { Order, SectionName } from './view_state.js';

/** What to show on a page: a title, and lines. */
export interface Page {
  readonly title: string;
  readonly lines: readonly string[];
}

const REASON = 'by tenure top';
const RUNS_SHOWN = 10;

/** Does what was confirmed, and says in a line what came of it. */
export async function carryOut(client: Client, order: Order): Promise<string> {
  switch (order.kind) {
    case 'revoke': {
      const target = { $case: 'leaseId' as const, value: order.leaseId };
      const { revoked } = await client.leases.revokeLeases({ target, reason: REASON });
      return revoked.length === 0 ? 'the lease had ended before' : `revoked ${order.leaseId}`;
    }
    case 'yield': {
      const target = { $case: 'leaseId' as const, value: order.leaseId };
      const { asked } = await client.leases.requestYield({ target, reason: REASON });
      if (asked.length === 0) return 'the lease had ended before';
      return asked.some(({ told }) => told)
        ? 'asked; the holder has heard it'
        : 'asked; the holder does not listen now';
    }
    case 'stop': {
      const { session } = await client.sessions.stopSession({ sessionId: order.sessionId, reason: REASON });
      return `stopped ${order.sessionId}${session === undefined ? '' : `: ${stripVTControlCharacters(describeState(session))}`}`;
    }
  }
}

/** All that is known of a row. */
export async function explain(
  client: Client,
  state: LiveState,
  section: SectionName,
  key: string,
  wallMs: number,
): Promise<Page | undefined> {
  switch (section) {
    case 'leases': {
      const resource = state.leases.get(key)?.lease.resource ?? key.replace(/^queue /, '');
      const explained = await client.leases.explainResource({ resource });
      return pageOf(printable(resource), describeResource(resource, explained, wallMs));
    }
    case 'sessions': {
      const { session } = await client.sessions.getSession({ sessionId: key });
      return session && pageOf(printable(key), describeSession(session, homedir(), wallMs));
    }
    case 'tasks': {
      const [{ task }, { runs }] = await Promise.all([
        client.tasks.getTask({ task: key }),
        client.tasks.listTaskRuns({ filter: { tasks: [key] }, pageSize: RUNS_SHOWN }),
      ]);
      return task && pageOf(printable(key), describeTask(task, runs, wallMs));
    }
  }
}

function pageOf(title: string, text: string): Page {
  return { title, lines: stripVTControlCharacters(text).split('\n') };
}

/** What went wrong, in a line. */
export function faultOf(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return printable(line);
}
