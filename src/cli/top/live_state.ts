import {
  type DaemonStatus,
  durationToMillis,
  type Lease,
  type LeaseEvent,
  LeaseEventType,
  LeaseState,
  type Queue,
  type Session,
  type SessionEvent,
  SessionEventType,
  SessionState,
  type Task,
  type TaskEvent,
  TaskEventType,
} from '@tenure/client';

/** One moment, on the two clocks that matter: what the calendar says, and what never jumps. */
export interface Now {
  readonly wallMs: number;
  readonly steadyMs: number;
}

export interface LeaseEntry {
  readonly lease: Lease;
  /** When it ends as far as is known, on the steady clock: a renewal is no event. */
  readonly deadlineMs: number | undefined;
  readonly toldMs: number;
  /** Whether it was looked up since it came: the names of its commands are true then. */
  readonly lookedUp: boolean;
}

export interface SessionEntry {
  readonly session: Session;
  /** When it was seen to end, on the steady clock. */
  readonly endedMs: number | undefined;
}

/** How the connection to the daemon is. */
export type Link =
  | { readonly kind: 'up' }
  | { readonly kind: 'away'; readonly sinceMs: number }
  | { readonly kind: 'back'; readonly atMs: number; readonly awayMs: number; readonly restarted: boolean };

/** All that is known of the daemon: events in, what there is out. No clock, no I/O. */
export class LiveState {
  readonly leases = new Map<string, LeaseEntry>();
  /** By resource; none for those that nobody waits for. */
  readonly queues = new Map<string, Queue>();
  readonly sessions = new Map<string, SessionEntry>();
  /** By name. */
  readonly tasks = new Map<string, Task>();
  status: DaemonStatus | undefined;
  /** When it was told, on the steady clock. */
  statusMs = 0;
  link: Link = { kind: 'up' };

  forgetLeases(): void {
    this.leases.clear();
  }

  tellLease(event: LeaseEvent, { steadyMs }: Now): void {
    const { type, lease } = event;
    if (lease === undefined) return;
    const isGone = lease.state === LeaseState.ENDED || type === LeaseEventType.REMOVED;
    if (isGone) this.leases.delete(lease.leaseId);
    else this.leases.set(lease.leaseId, entryOf(lease, steadyMs, false));
  }

  /** A lease that was asked for by itself. */
  lookedUp(lease: Lease, { steadyMs }: Now): void {
    const known = this.leases.get(lease.leaseId);
    // It may have ended, or changed, meanwhile.
    if (known === undefined || known.lease.revision > lease.revision) return;
    this.leases.set(lease.leaseId, entryOf(lease, steadyMs, true));
  }

  forgetQueues(): void {
    this.queues.clear();
  }

  tellQueue(queue: Queue): void {
    if (queue.length === 0) this.queues.delete(queue.resource);
    else this.queues.set(queue.resource, queue);
  }

  forgetSessions(): void {
    this.sessions.clear();
  }

  tellSession({ type, session }: SessionEvent, { steadyMs }: Now): void {
    if (session === undefined) return;
    const { sessionId, state } = session;
    if (type === SessionEventType.REMOVED) {
      this.sessions.delete(sessionId);
      return;
    }
    const ended = state === SessionState.ENDED;
    // Those that had ended before are no news.
    if (ended && type === SessionEventType.SNAPSHOT) return;
    const endedMs = ended ? (this.sessions.get(sessionId)?.endedMs ?? steadyMs) : undefined;
    this.sessions.set(sessionId, { session, endedMs });
  }

  forgetTasks(): void {
    this.tasks.clear();
  }

  tellTask({ type, task }: TaskEvent): void {
    if (task === undefined) return;
    if (type === TaskEventType.REMOVED) this.tasks.delete(task.name);
    else this.tasks.set(task.name, task);
  }

  tellStatus(status: DaemonStatus, { steadyMs }: Now): void {
    if (this.link.kind === 'away') {
      const restarted = this.status !== undefined && this.status.startCount !== status.startCount;
      this.link = { kind: 'back', atMs: steadyMs, awayMs: steadyMs - this.link.sinceMs, restarted };
    }
    this.status = status;
    this.statusMs = steadyMs;
  }

  tellBreak({ steadyMs }: Now): void {
    if (this.link.kind !== 'away') this.link = { kind: 'away', sinceMs: steadyMs };
  }

  /** Forgets what has been over for so long. */
  sweep({ steadyMs }: Now, keepEndedMs: number): void {
    for (const [sessionId, { endedMs }] of this.sessions) {
      if (endedMs !== undefined && steadyMs - endedMs > keepEndedMs) this.sessions.delete(sessionId);
    }
  }
}

function entryOf(lease: Lease, toldMs: number, lookedUp: boolean): LeaseEntry {
  const { remainingTtl } = lease;
  const deadlineMs = remainingTtl === undefined ? undefined : toldMs + durationToMillis(remainingTtl);
  return { lease, deadlineMs, toldMs, lookedUp };
}
