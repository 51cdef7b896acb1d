import { sqliteOfNode } from '../../../src/session/agents/sqlite.js';
import { sample } from './agent_home.js';

/** A session to put into a database. */
export interface OpenCodeRow {
  readonly id: string;
  readonly directory: string;
  readonly createdWallMs: number;
  readonly updatedWallMs?: number;
  readonly parentId?: string;
  readonly prompt?: string;
  /** Of the last message; undefined: the answer is not complete. */
  readonly finish?: string;
}

interface WritableDatabase {
  exec(query: string): void;
  prepare(query: string): { run(...values: readonly (string | number | null)[]): unknown };
  close(): void;
}

interface Sqlite {
  readonly DatabaseSync: new (path: string) => WritableDatabase;
}

function isSqlite(module: object | undefined): module is Sqlite {
  return module !== undefined && 'DatabaseSync' in module;
}

/** Whether this Node can make one. */
export const hasSqlite: boolean = sqliteOfNode() !== undefined;

/** OpenCode's database, as OpenCode itself has it open: with a write-ahead log. */
export function openOpenCodeDatabase(path: string): WritableDatabase {
  const sqlite = process.getBuiltinModule('node:sqlite');
  if (!isSqlite(sqlite)) throw new Error('this Node has no SQLite');
  const database = new sqlite.DatabaseSync(path);
  database.exec('PRAGMA journal_mode = WAL');
  return database;
}

export function makeOpenCodeDatabase(path: string, rows: readonly OpenCodeRow[] = []): WritableDatabase {
  const database = openOpenCodeDatabase(path);
  database.exec(sample('opencode/schema.sql'));
  for (const row of rows) putSession(database, row);
  return database;
}

export function putSession(database: WritableDatabase, row: OpenCodeRow): void {
  const { id, directory, createdWallMs, updatedWallMs = createdWallMs, parentId, prompt = 'hello there', finish } = row;
  database
    .prepare(
      `INSERT OR REPLACE INTO session (id, project_id, parent_id, directory, title, version, cost, tokens_input,
         tokens_output, tokens_reasoning, tokens_cache_read, tokens_cache_write, model, time_created, time_updated)
       VALUES (?, 'global', ?, ?, 'Greeting', '1.18.33', 0.25, 100, 10, 5, 30, 20, ?, ?, ?)`,
    )
    .run(id, parentId ?? null, directory, '{"id":"mock-model","providerID":"mock"}', createdWallMs, updatedWallMs);
  const asked = JSON.stringify({ role: 'user', time: { created: createdWallMs } });
  const completed = finish === undefined ? {} : { completed: updatedWallMs };
  const answered = JSON.stringify({ role: 'assistant', finish, time: { created: updatedWallMs, ...completed } });
  const put = database.prepare('INSERT OR REPLACE INTO message VALUES (?, ?, ?, ?, ?)');
  put.run(`msg_1_${id}`, id, createdWallMs, createdWallMs, asked);
  put.run(`msg_2_${id}`, id, updatedWallMs, updatedWallMs, answered);
  database
    .prepare('INSERT OR REPLACE INTO part VALUES (?, ?, ?, ?, ?, ?)')
    .run(
      `prt_1_${id}`,
      `msg_1_${id}`,
      id,
      createdWallMs,
      createdWallMs,
      JSON.stringify({ type: 'text', text: prompt }),
    );
}
