import type { Role } from '../rpc/context.js';
import type { PeerRule } from './config/config.js';

/** A user, and whether it asks from within a launched session. */
export interface Asking {
  readonly uid: number;
  readonly gid: number;
  readonly inSession: boolean;
}

/**
 * What a peer may do here: own uid and root all, others what the first rule
 * that matches says, else nothing. What runs in a session takes leases,
 * secrets and sessions of its own, and ends nobody else's: an agent's mistake
 * must not pull the kill switch.
 */
export function roleOf({ uid, gid, inSession }: Asking, ownUid: number, rules: readonly PeerRule[]): Role | undefined {
  const role =
    uid === ownUid || uid === 0
      ? 'operator'
      : rules.find(({ match }) => match.id === (match.kind === 'uid' ? uid : gid))?.role;
  return inSession && role === 'operator' ? 'client' : role;
}
