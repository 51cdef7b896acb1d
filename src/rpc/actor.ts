import type { Peer } from './context.js';

/** The process behind a peer, as events tell who did something. */
export interface Actor {
  readonly uid: number;
  /** Undefined where it lives in another pid namespace. */
  readonly pid: number | undefined;
  readonly executable: string;
  readonly script: string;
}

export function actorOf(peer: Pick<Peer, 'uid' | 'process' | 'executable' | 'script'>): Actor {
  const { uid, process, executable, script } = peer;
  return { uid, pid: process?.pid, executable, script };
}
