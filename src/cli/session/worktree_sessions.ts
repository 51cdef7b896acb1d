import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isTenureError, locateDaemon, type Session, SessionState } from '@tenure/client';
import { z } from 'zod';
import { withClient } from '../connection.js';
import type { Worktree } from './worktree_find.js';
import { isAlive, type LiveProcess } from './worktree_processes.js';
import type { SessionLife } from './worktree_rules.js';

/** What of a session matters here. */
interface Known {
  readonly sessionId: string;
  readonly directory: string;
  readonly isOver: boolean;
  /** Of the worktree that was made for it; empty: none was. */
  readonly repository: string;
}

const identity = z.object({ pid: z.number(), startTicks: z.number() });

/** Of `record.json` in a launched session's folder. */
const recordSchema = z.object({
  sessionId: z.string(),
  directory: z.string(),
  bootId: z.string(),
  shim: identity,
  main: identity,
  worktree: z.object({ repository: z.string() }).optional(),
  end: z.object({}).optional(),
});

/** All that is known of sessions: by the daemon, or where none runs by the files that it keeps of them. */
export class KnownSessions {
  readonly #known: readonly Known[];
  readonly #daemonRuns: boolean;

  private constructor(known: readonly Known[], daemonRuns: boolean) {
    this.#known = known;
    this.#daemonRuns = daemonRuns;
  }

  static async look(): Promise<KnownSessions> {
    try {
      const sessions = await withClient((client) => client.sessions.listSessions({ ended: true }), { start: false });
      return new KnownSessions(sessions.sessions.map(ofDaemon), true);
    } catch (error) {
      if (!isTenureError(error) || error.reason !== 'UNREACHABLE') throw error;
      return new KnownSessions(readRecords(join(locateDaemon().stateDir, 'sessions')), false);
    }
  }

  /** Repositories that sessions had worktrees of. */
  repositories(): readonly string[] {
    return [...new Set(this.#known.map(({ repository }) => repository))].filter((path) => path !== '').sort();
  }

  /** The session that it was made for may have ended, and another one work in it. */
  lifeIn({ path, sessionId }: Worktree, processes: readonly LiveProcess[]): SessionLife {
    const isInside = ({ directory }: { readonly directory: string }): boolean =>
      directory === path || directory.startsWith(`${path}/`);
    const own = this.#known.find((one) => one.sessionId === sessionId);
    const living = [own, ...this.#known.filter(isInside)].find((one) => one?.isOver === false);
    if (living !== undefined) return { kind: 'lives', sessionId: living.sessionId };
    // Also what it has left running, and sessions of another daemon.
    const process = processes.find((one) => one.sessionId === sessionId || (one.sessionId !== '' && isInside(one)));
    if (process !== undefined) return { kind: 'lives', sessionId: process.sessionId };
    // One that a running daemon does not know it has forgotten, since it ended.
    if (own !== undefined || this.#daemonRuns) return { kind: 'ended' };
    return { kind: 'unknown', why: `no daemon runs, and nothing is left of session ${sessionId} to tell its end` };
  }
}

function ofDaemon({ sessionId, directory, state, worktree }: Session): Known {
  return { sessionId, directory, isOver: state === SessionState.ENDED, repository: worktree?.repository ?? '' };
}

function readRecords(folder: string): readonly Known[] {
  if (!existsSync(folder)) return [];
  const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  return readdirSync(folder).flatMap((name) => readRecord(join(folder, name), bootId) ?? []);
}

/** Undefined where it can't be read: then nothing is known of it. */
function readRecord(folder: string, bootId: string): Known | undefined {
  try {
    const record = recordSchema.parse(JSON.parse(readFileSync(join(folder, 'record.json'), 'utf8')));
    const { sessionId, directory, end, worktree } = record;
    const mayLive = record.bootId === bootId && (isAlive(record.main) || isAlive(record.shim));
    // What the daemon has not seen yet, the session's own processes show.
    const isOver = end !== undefined || !mayLive;
    return { sessionId, directory, isOver, repository: worktree?.repository ?? '' };
  } catch {
    return undefined;
  }
}
