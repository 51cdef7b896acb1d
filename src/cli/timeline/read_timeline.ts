import { stripVTControlCharacters } from 'node:util';
import {
  type AuditEntry,
  type Client,
  durationToMillis,
  type Lease,
  LeaseEnd,
  LeaseMode,
  LeaseState,
  type Queue,
  type Session,
  SessionOutcome,
  SessionState,
  type TaskRun,
  TaskRunStatus,
  timestampToDate,
} from '@tenure/client';
import type { Timestamp } from '../json_values.js';
import { describeHolder, describeWaiter } from '../lease/lease_text.js';
import { timestampOf } from '../moment.js';
import { stateWords } from '../session/session_text.js';
import { describeRun } from '../task/task_text.js';
import { readEntries } from './entry_rules.js';
import type { Hold, Run, Timeline, Wait } from './timeline.js';
import { joined, type Window } from './window_rules.js';

const PAGE = 1_000;
const DAY_MS = 86_400_000;

export interface TimelineQuery extends Window {
  /** A resource and all below it; empty: all. */
  readonly resourcePrefix: string;
}

/** Asks the log for what is over, and the daemon for what goes on. */
export async function readTimeline(client: Client, query: TimelineQuery): Promise<Timeline> {
  const [entries, oldest, leases, queues, runs] = await Promise.all([
    listEntries(client, query),
    client.audit.listAuditEntries({ pageSize: 1 }),
    listLeases(client, query),
    currentQueues(client, query),
    query.resourcePrefix === '' ? listRuns(client, query) : [],
  ]);
  const told = readEntries(entries);
  const begins = oldest.entries[0]?.time;
  return joined(query, told, {
    holds: leases.map((lease) => holdOf(lease, query.nowMs)),
    waits: queues.flatMap((queue) => queue.waiters.map((waiter) => waitOf(queue, waiter, query.nowMs))),
    runs,
    logBeginsMs: begins === undefined ? undefined : millisOf(begins),
  });
}

/** Of what ended within the window and since: what lasted into it is told of at its end. */
async function listEntries(client: Client, { fromMs, resourcePrefix }: TimelineQuery): Promise<AuditEntry[]> {
  const actions = resourcePrefix === '' ? ['lease', 'session', 'daemon', 'audit'] : ['lease'];
  const filter = { since: timestampOf(fromMs), actions, resourcePrefix };
  const entries: AuditEntry[] = [];
  let pageToken = '';
  do {
    const page = await client.audit.listAuditEntries({ filter, pageSize: PAGE, pageToken });
    entries.push(...page.entries);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return entries;
}

async function listLeases(client: Client, { resourcePrefix }: TimelineQuery): Promise<Lease[]> {
  const leases: Lease[] = [];
  let pageToken = '';
  do {
    const page = await client.leases.listLeases({ filter: { resourcePrefix }, pageSize: PAGE, pageToken });
    leases.push(...page.leases);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return leases;
}

/** The queues as they are: the beginning of a watch. */
async function currentQueues(client: Client, { resourcePrefix }: TimelineQuery): Promise<Queue[]> {
  const stop = new AbortController();
  const queues: Queue[] = [];
  const onSnapshot = (): void => void setImmediate(() => stop.abort());
  try {
    for await (const queue of client.watchQueues({ resourcePrefix, onSnapshot, signal: stop.signal }))
      queues.push(queue);
  } catch {
    // A daemon of an earlier version can't tell.
  }
  return queues;
}

function millisOf(time: Timestamp): number {
  return timestampToDate(time).getTime();
}

function holdOf(lease: Lease, nowMs: number): Hold {
  const startMs = lease.acquireTime === undefined ? nowMs : millisOf(lease.acquireTime);
  return {
    resource: lease.resource,
    leaseId: lease.leaseId,
    clientId: lease.clientId,
    who: describeHolder(lease),
    mode: lease.mode === LeaseMode.SHARED ? 'shared' : 'exclusive',
    purpose: lease.reason,
    startMs,
    endMs: nowMs,
    drainedMs: nowMs,
    end: lease.state === LeaseState.DRAINING ? drainingEnd(lease.end) : 'held',
    waitedMs: lease.waited === undefined ? 0 : durationToMillis(lease.waited),
  };
}

function drainingEnd(end: LeaseEnd): Hold['end'] {
  switch (end) {
    case LeaseEnd.REVOKED:
      return 'revoked';
    case LeaseEnd.REPLACED:
      return 'replaced';
    case LeaseEnd.EXPIRED:
      return 'expired';
    case LeaseEnd.MAX_HOLD:
      return 'over max hold';
    default:
      return 'released';
  }
}

function waitOf({ resource }: Queue, waiter: Queue['waiters'][number], nowMs: number): Omit<Wait, 'waitedFor'> {
  const startMs = waiter.waitStartTime === undefined ? nowMs : millisOf(waiter.waitStartTime);
  const { clientId } = waiter;
  return { resource, who: describeWaiter(waiter), clientId, startMs, endMs: nowMs, outcome: 'waiting' };
}

async function listRuns(client: Client, { fromMs, nowMs }: TimelineQuery): Promise<Run[]> {
  const [sessions, tasks] = await Promise.all([
    client.sessions.listSessions({ ended: true }).then((answer) => answer.sessions),
    // A run may have begun long before the window. Of a daemon without tasks there are none.
    listTaskRuns(client, fromMs - DAY_MS).catch(() => []),
  ]);
  return [...sessions.map((session) => sessionRun(session, nowMs)), ...tasks.map((run) => taskRun(run, nowMs))];
}

async function listTaskRuns(client: Client, sinceMs: number): Promise<TaskRun[]> {
  const runs: TaskRun[] = [];
  let pageToken = '';
  do {
    const page = await client.tasks.listTaskRuns({
      filter: { since: timestampOf(sinceMs) },
      pageSize: PAGE,
      pageToken,
    });
    runs.push(...page.runs);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return runs;
}

function sessionRun(session: Session, nowMs: number): Run {
  const { sessionId, adapter, directory, prompt, title, command, outcome, state } = session;
  const startMs = session.startTime === undefined ? nowMs : millisOf(session.startTime);
  const ended = state === SessionState.ENDED;
  const good = outcome === SessionOutcome.SUCCESS || outcome === SessionOutcome.UNSPECIFIED;
  return {
    kind: 'session',
    id: sessionId,
    name: adapter,
    about: [directory, [prompt, title, command].find((words) => words !== '') ?? '']
      .filter((words) => words !== '')
      .join(' '),
    startMs,
    endMs: session.endTime === undefined ? nowMs : millisOf(session.endTime),
    outcome: stateWords(session).words,
    tone: !ended ? 'going' : good ? 'good' : 'bad',
  };
}

function taskRun(run: TaskRun, nowMs: number): Run {
  return {
    kind: 'task',
    id: run.runId,
    name: run.task,
    about: run.error,
    startMs: run.startTime === undefined ? nowMs : millisOf(run.startTime),
    endMs: run.endTime === undefined ? nowMs : millisOf(run.endTime),
    outcome: stripVTControlCharacters(describeRun(run)),
    tone: taskTone(run.status),
  };
}

function taskTone(status: TaskRunStatus): Run['tone'] {
  switch (status) {
    case TaskRunStatus.COMPLETED:
      return 'good';
    case TaskRunStatus.FAILED:
      return 'bad';
    case TaskRunStatus.RUNNING:
    case TaskRunStatus.WAITING:
      return 'going';
    default:
      return 'other';
  }
}
