import { type Session, timestampToDate } from '@tenure/client';
import { describeDuration } from '@tenure/client/duration-text';
import type { Column } from '../column_rules.js';
import { describeCost, describeTokens, describeWork, shortPath, stateWords } from '../session/session_text.js';
import { shortIds } from '../session/short_id_rules.js';
import { printable } from '../style.js';
import { byText } from './lease_rows.js';
import type { LiveState, Now } from './live_state.js';
import { cell, type Row } from './rows.js';

export const SESSION_COLUMNS: readonly Column[] = [
  { title: 'ID', least: 5, most: 14, rank: 9 },
  { title: 'AGE', least: 6, most: 8, rank: 6, align: 'right' },
  { title: 'STATE', least: 8, most: 22, rank: 8 },
  { title: 'ADAPTER', least: 7, most: 16, rank: 5 },
  { title: 'DIRECTORY', least: 12, most: 60, rank: 4 },
  { title: 'MODEL', least: 8, most: 24, rank: 1 },
  { title: 'TOKENS', least: 6, most: 8, rank: 3, align: 'right' },
  { title: 'COST', least: 6, most: 8, rank: 2, align: 'right' },
  { title: 'PROMPT', least: 10, most: 100, rank: 7 },
];

export const SESSION_SORTS = ['age', 'state', 'directory', 'adapter'] as const;
export type SessionSort = (typeof SESSION_SORTS)[number];

const LONGEST_WORK = 100;

export function sessionRows(state: LiveState, sort: SessionSort, now: Now, home: string): Row[] {
  const sessions = [...state.sessions.values()].map(({ session }) => session);
  const ids = shortIds(sessions);
  return sessions
    .sort((a, b) => compare(a, b, sort) || byText(a.sessionId, b.sessionId))
    .map((session) => rowOf(session, ids.get(session.sessionId) ?? session.sessionId, now, home));
}

function compare(a: Session, b: Session, sort: SessionSort): number {
  switch (sort) {
    case 'age':
      return beginOf(b) - beginOf(a);
    case 'state':
      return a.state - b.state;
    case 'directory':
      return byText(a.directory, b.directory);
    case 'adapter':
      return byText(a.adapter, b.adapter);
  }
}

function beginOf({ startTime }: Session): number {
  return startTime === undefined ? 0 : timestampToDate(startTime).getTime();
}

function rowOf(session: Session, id: string, now: Now, home: string): Row {
  const { startTime, usage } = session;
  const state = stateWords(session);
  const age = startTime === undefined ? '' : describeDuration(Math.max(0, now.wallMs - beginOf(session)));
  const directory = shortPath(session.directory, home);
  const work = describeWork(session, LONGEST_WORK);
  const cells = [
    cell(printable(id), 'bold'),
    cell(age),
    cell(state.words, state.tone),
    cell(printable(session.adapter)),
    cell(directory),
    cell(printable(session.model)),
    cell(usage === undefined ? '' : describeTokens(usage)),
    cell(describeCost(usage) ?? ''),
    cell(work),
  ];
  const words = [session.sessionId, session.nativeId, state.words, session.adapter, directory, session.group, work];
  return { key: session.sessionId, cells, words: words.join('\n').toLowerCase() };
}
