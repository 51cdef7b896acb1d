import { basename } from 'node:path';
import { LeaseEnd, LeaseMode } from '@tenure/client/gen/tenure/lease/v1/lease';
import { actorOf } from '../rpc/actor.js';
import type { EventActor, TenureEvent } from '../telemetry/events.js';
import type { PendingAcquire } from './acquire/pending_acquire.js';
import type { Revoker } from './ending/ending.js';
import type { End } from './ending/ending_rules.js';
import type { LeaseParts } from './lease_parts.js';
import type { LeaseRecord } from './ledger/record.js';

/** Something that the lease's holder did, or that happened to it. */
export function leaseEvent(action: string, level: TenureEvent['level'], lease: LeaseRecord): TenureEvent {
  return eventOf(action, level, lease, actorOf(lease.holder), {});
}

/** An end as the operator's events tell it, with how long the lease was held and waited for. */
export function leaseEndEvent(
  lease: LeaseRecord,
  end: End,
  life: TenureEvent['metadata'],
  revoker: Revoker | undefined,
): TenureEvent {
  const holder = actorOf(lease.holder);
  switch (end) {
    case LeaseEnd.RELEASED:
      return eventOf('lease.released', 'debug', lease, holder, life);
    case LeaseEnd.REVOKED: {
      const { uid, reason, actor } = revoker ?? {};
      const why = { ...(uid === undefined ? {} : { uid }), ...(reason === undefined ? {} : { reason }) };
      return eventOf('lease.revoked', 'info', lease, actor, { ...why, ...life });
    }
    case LeaseEnd.REPLACED:
      return eventOf('lease.replaced', 'info', lease, holder, life);
    case LeaseEnd.EXPIRED:
      return eventOf('lease.expired', 'info', lease, undefined, { ...life, limit: 'ttl' });
    case LeaseEnd.MAX_HOLD:
      return eventOf('lease.expired', 'info', lease, undefined, { ...life, limit: 'max_hold' });
    case LeaseEnd.OTHER_BOOT:
      return eventOf('lease.expired', 'info', lease, undefined, { ...life, limit: 'boot' });
    case LeaseEnd.PROCESS_GONE:
      return eventOf('lease.lost', 'debug', lease, holder, life);
  }
}

/** The last process of a lease that had ended before is gone: only now is its resource free. */
export function leaseDrainedEvent(lease: LeaseRecord, life: TenureEvent['metadata']): TenureEvent {
  return eventOf('lease.drained', 'debug', lease, actorOf(lease.holder), life);
}

/** A wait that came to nothing, for each of its resources. */
export function waitEndedEvents(
  { asker, command, wishes }: PendingAcquire,
  waitedMs: number,
  reason: 'TIMED_OUT' | 'CANCELLED',
): TenureEvent[] {
  const actor = actorOf(asker.peer);
  return wishes.map(({ resource }) => ({
    action: 'lease.wait_ended',
    level: 'debug',
    success: false,
    actor,
    metadata: { resource, clientId: command.clientId, waitedMs, reason },
  }));
}

/** What the end of a lease tells of its life. */
export function lifeOf(
  { commandNames }: Pick<LeaseParts, 'commandNames'>,
  lease: LeaseRecord,
  heldMs: number,
): TenureEvent['metadata'] {
  const mode = lease.mode === LeaseMode.SHARED ? 'shared' : 'exclusive';
  const { pid, name } = commandNames.of(lease.leaseId) ?? holderNameOf(lease);
  return {
    mode,
    // The event comes a moment after the end.
    acquireTime: new Date(lease.acquireWallMs).toISOString(),
    heldMs,
    waitedMs: lease.waitedMs,
    // The actor is whoever ended it.
    ...(pid === undefined ? {} : { holder: `pid ${pid} ${name}`.trimEnd() }),
    // A lease's own reason: that of a revocation has the name `reason`.
    ...(lease.reason === '' ? {} : { purpose: lease.reason }),
  };
}

function holderNameOf({ holder }: LeaseRecord): { readonly pid: number | undefined; readonly name: string } {
  const words = [basename(holder.executable), basename(holder.script)];
  return { pid: holder.process?.pid, name: words.filter((word) => word !== '').join(' ') };
}

/** Somebody wishes that the holder give its lease back; `told`: its client has heard so. */
export function yieldEvent(lease: LeaseRecord, reason: string, told: boolean, actor: EventActor): TenureEvent {
  return eventOf('lease.yield_requested', 'info', lease, actor, { reason, told });
}

function eventOf(
  action: string,
  level: TenureEvent['level'],
  { leaseId, resource, clientId, fencingToken }: LeaseRecord,
  actor: EventActor | undefined,
  more: TenureEvent['metadata'],
): TenureEvent {
  const metadata = { leaseId, resource, clientId, fencingToken, ...more };
  return { action, level, success: true, ...(actor === undefined ? {} : { actor }), metadata };
}
