import { type AdapterReport, durationToMillis, type Session, timestampToDate } from '@tenure/client';
import { describeDuration } from '@tenure/client/duration-text';
import { printable, style } from '../style.js';
import { table } from '../table.js';
import { describeCost, describeState, describeTokens, describeWork, shortPath } from './session_text.js';

const LONGEST_PROMPT = 60;

interface Column {
  readonly title: string;
  cell(session: Session): string;
}

/** What the table can't know by itself. */
export interface TableSurroundings {
  /** How each session is named in short. */
  readonly ids: ReadonlyMap<string, string>;
  readonly home: string;
  readonly nowMs: number;
}

/** A row a session; columns that have nothing to show are left out. */
export function describeSessions(sessions: readonly Session[], surroundings: TableSurroundings): string {
  const columns = columnsOf(surroundings).filter(({ cell }) => sessions.some((session) => cell(session) !== ''));
  const header = columns.map(({ title }) => style('bold', title));
  return table([header, ...sessions.map((session) => columns.map(({ cell }) => cell(session)))]);
}

function columnsOf({ ids, home, nowMs }: TableSurroundings): readonly Column[] {
  return [
    { title: 'ID', cell: ({ sessionId }) => printable(ids.get(sessionId) ?? sessionId) },
    { title: 'AGE', cell: ({ startTime }) => ageOf(startTime, nowMs) },
    { title: 'STATE', cell: (session) => describeState(session) },
    { title: 'ADAPTER', cell: ({ adapter }) => printable(adapter) },
    { title: 'AGENT', cell: ({ agent }) => printable(agent) },
    {
      title: 'DIRECTORY',
      cell: ({ agent, repo, directory }) => (agent === '' ? shortPath(directory, home) : printable(repo)),
    },
    { title: 'MODEL', cell: ({ model }) => printable(model) },
    { title: 'TOKENS', cell: ({ usage }) => (usage === undefined ? '' : describeTokens(usage)) },
    { title: 'COST', cell: ({ usage }) => describeCost(usage) ?? '' },
    { title: 'PROMPT', cell: (session) => describeWork(session, LONGEST_PROMPT) },
  ];
}

function ageOf(startTime: Session['startTime'], nowMs: number): string {
  return startTime === undefined ? '' : describeDuration(nowMs - timestampToDate(startTime).getTime());
}

/** `claude-code did not answer: …`, of each that did not. */
export function describeFailedAdapters(adapters: readonly AdapterReport[]): readonly string[] {
  return adapters
    .filter(({ ok }) => !ok)
    .map(({ adapter, error }) => style('yellow', `${printable(adapter)} did not answer: ${printable(error)}`));
}

export function describeAdapters(adapters: readonly AdapterReport[]): string {
  const titles = ['ADAPTER', 'AVAILABLE', 'SESSIONS', 'LATENCY', 'ERROR'].map((title) => style('bold', title));
  const rows = adapters.map(({ adapter, available, sessions, latency, error }) => [
    printable(adapter),
    available ? style('green', 'yes') : 'no',
    String(sessions),
    latency === undefined ? '' : `${Math.round(durationToMillis(latency))}ms`,
    error === '' ? describeMissing(available) : style('red', printable(error)),
  ]);
  return table([titles, ...rows]);
}

function describeMissing(available: boolean): string {
  return available ? '' : "its program was not found on the daemon's PATH";
}
