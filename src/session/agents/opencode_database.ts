import { isObject, textAt } from './json_rules.js';
import {
  type LastMessage,
  lastMessageOf,
  type OpenCodeSession,
  promptOfPart,
  sessionOfRow,
} from './opencode_rows_rules.js';
import type { ReadDatabase } from './sqlite.js';

/** More than anybody looks at; the newest come first. */
const MOST_SESSIONS = 5000;
/** More than a list shows of a prompt. */
const PROMPT_BYTES = 4096;

/** Without these a row is no session. */
const NEEDED = ['id', 'directory', 'title', 'time_created', 'time_updated'];
/** Older releases have not all of them. */
const WELCOME = [
  'parent_id',
  'model',
  'cost',
  'tokens_input',
  'tokens_output',
  'tokens_reasoning',
  'tokens_cache_read',
  'tokens_cache_write',
];

/** The sessions that were changed since then. */
export function readSessions(database: ReadDatabase, sinceWallMs: number): readonly OpenCodeSession[] {
  const columns = new Set(
    database
      .all('PRAGMA table_info(session)')
      .filter(isObject)
      .map((row) => textAt(row, 'name')),
  );
  if (!NEEDED.every((name) => columns.has(name))) throw new Error('it has another form than the one known');
  const wanted = [...NEEDED, ...WELCOME.filter((name) => columns.has(name))].join(', ');
  const rows = database.all(
    `SELECT ${wanted} FROM session WHERE time_updated >= ? ORDER BY time_updated DESC LIMIT ${MOST_SESSIONS}`,
    Math.max(0, Math.floor(sinceWallMs)),
  );
  return rows.map(sessionOfRow).filter((one) => one !== undefined);
}

export function readLastMessage(database: ReadDatabase, sessionId: string): LastMessage {
  const [row] = database.all(
    'SELECT data FROM message WHERE session_id = ? ORDER BY time_created DESC, id DESC LIMIT 1',
    sessionId,
  );
  return lastMessageOf(isObject(row) ? textAt(row, 'data') : '');
}

/** The first text of the first message. Empty: not written yet. */
export function readPrompt(database: ReadDatabase, sessionId: string): string {
  const rows = database.all(
    `SELECT substr(part.data, 1, ${PROMPT_BYTES}) AS data FROM part
       WHERE part.message_id =
         (SELECT id FROM message WHERE session_id = ? ORDER BY time_created, id LIMIT 1)
       ORDER BY part.id LIMIT 4`,
    sessionId,
  );
  const parts = rows.filter(isObject).map((row) => promptOfPart(textAt(row, 'data')));
  return parts.find((prompt) => prompt !== '') ?? '';
}
