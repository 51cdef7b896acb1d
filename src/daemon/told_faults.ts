import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { actorOf } from '../rpc/actor.js';
import type { Peer } from '../rpc/context.js';
import { Refusal } from '../rpc/refusal.js';
import type { TenureEvent } from '../telemetry/events.js';

/** For the audit: a peer whose role did not allow a call. */
export function denied(path: string, peer: Peer): TenureEvent {
  const metadata = { path, role: peer.role, reason: 'ROLE_DENIED' };
  return { action: 'call.denied', level: 'warn', success: false, actor: actorOf(peer), metadata };
}

/** What a caller is told of a fault of the daemon's own, which the log has in full. */
export function internalFault(error: unknown, log: Logger): Refusal {
  const id = randomBytes(6).toString('hex');
  log.error({ faultId: id, err: error }, 'a fault of the daemon');
  return new Refusal('INTERNAL', `a fault of the daemon's own; its log has more under ${id}`, { id });
}
