import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { messageOf } from '../../os/errno.js';
import { readLastMessage, readPrompt, readSessions } from './opencode_database.js';
import type { LastMessage, OpenCodeSession } from './opencode_rows_rules.js';
import type { OpenDatabase, ReadDatabase } from './sqlite.js';

/** Queries before other work gets its turn; each takes some 10 µs. */
const BATCH = 64;
/** It is locked for a moment while OpenCode starts and brings it up to date. */
const TRIES = 4;
const PAUSE_MS = 100;

/** What its database tells of the sessions. */
export interface OpenCodeFacts {
  readonly sessions: readonly OpenCodeSession[];
  promptOf(id: string): string;
  /** Of those that were asked for; undefined: not known. */
  lastMessageOf(id: string): LastMessage | undefined;
}

/** Reads OpenCode's database, which never waits for a reader. Prompts are read once: a session's first message stays. */
export class OpenCodeReading {
  readonly #open: OpenDatabase;
  #prompts = new Map<string, string>();

  constructor(open: OpenDatabase) {
    this.#open = open;
  }

  /** Sessions that were changed since then. Of those that `mayLive`, also their last messages. */
  async read(
    path: string,
    sinceWallMs: number,
    mayLive: (session: OpenCodeSession) => boolean,
    signal: AbortSignal,
  ): Promise<OpenCodeFacts> {
    for (let left = TRIES - 1; ; left -= 1) {
      try {
        return await this.#read(path, sinceWallMs, mayLive, signal);
      } catch (error) {
        signal.throwIfAborted();
        const isBusy = /\b(locked|busy)\b/.test(messageOf(error));
        if (!isBusy || left === 0) throw new Error(`OpenCode's database ${path} can't be read: ${messageOf(error)}`);
        await pause(PAUSE_MS, undefined, { signal });
      }
    }
  }

  async #read(
    path: string,
    sinceWallMs: number,
    mayLive: (session: OpenCodeSession) => boolean,
    signal: AbortSignal,
  ): Promise<OpenCodeFacts> {
    const database = this.#open(path);
    try {
      const sessions = readSessions(database, sinceWallMs);
      const prompts = new Map<string, string>();
      const last = new Map<string, LastMessage>();
      for (const [index, session] of sessions.entries()) {
        if (index % BATCH === BATCH - 1) await nextTurn(undefined, { signal });
        prompts.set(session.id, this.#promptOf(database, session.id));
        if (mayLive(session)) last.set(session.id, readLastMessage(database, session.id));
      }
      this.#prompts = prompts;
      return { sessions, promptOf: (id) => prompts.get(id) ?? '', lastMessageOf: (id) => last.get(id) };
    } finally {
      database.close();
    }
  }

  #promptOf(database: ReadDatabase, id: string): string {
    const known = this.#prompts.get(id);
    return known === undefined || known === '' ? readPrompt(database, id) : known;
  }
}
