import type { Role } from '../rpc/context.js';
import type { PeerRule } from './config.js';

/** What a user may do here: own uid and root all, others what the first rule that matches says, else nothing. */
export function roleOf(uid: number, gid: number, ownUid: number, rules: readonly PeerRule[]): Role | undefined {
  if (uid === ownUid || uid === 0) return 'operator';
  return rules.find(({ match }) => match.id === (match.kind === 'uid' ? uid : gid))?.role;
}
