import { LeaseLiveness } from '@tenure/client/gen/tenure/lease/v1/lease';
import { HEARTBEAT_MS, type LeaseClock } from '../lease_clock.js';
import type { Moment } from '../lease_message.js';
import type { LeaseRecord } from '../ledger/record.js';
import type { StoredDeadline } from '../ledger/record_codec.js';
import { DeadlineHeap } from './deadline_heap.js';

interface Deadline {
  readonly heap: DeadlineHeap;
  ttlMs: number;
  /** Infinity for PROCESS leases. */
  expiresMs: number;
  /** Infinity without max_hold. */
  maxHoldMs: number;
}

/** A lease whose time is up, and by which limit. */
export interface DueLease {
  readonly leaseId: string;
  readonly overMaxHold: boolean;
}

export interface DeadlinesParts {
  readonly clock: LeaseClock;
  readonly bootId: string;
  /** Called when some lease is due; takes them by `popDue`. */
  readonly onDue: () => void;
}

/** When each lease in force ends. The one place that turns TTLs into deadlines. */
export class Deadlines {
  readonly #parts: DeadlinesParts;
  readonly #byLease = new Map<string, Deadline>();
  readonly #hold = new DeadlineHeap();
  readonly #ttl = new DeadlineHeap();
  #timer: NodeJS.Timeout | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;
  #closed = false;

  constructor(parts: DeadlinesParts) {
    this.#parts = parts;
  }

  /** Follows the lease table: a lease in force has a deadline, any other has none. */
  changed(before: LeaseRecord | undefined, after: LeaseRecord | undefined): void {
    const leaseId = (after ?? before)?.leaseId;
    if (leaseId === undefined) return;
    if (after === undefined || after.draining !== undefined) this.#drop(leaseId);
    else if (!this.#byLease.has(leaseId)) this.#start(after);
    else if (before !== undefined && before.liveness !== after.liveness) this.#start(after);
  }

  /** Gives a lease its TTL from now on. */
  renew(lease: LeaseRecord, ttlMs: number): void {
    const deadline = this.#byLease.get(lease.leaseId);
    if (deadline === undefined || deadline.expiresMs === Number.POSITIVE_INFINITY) return;
    deadline.ttlMs = ttlMs;
    deadline.expiresMs = this.#nowMs(deadline) + ttlMs;
    this.#place(lease.leaseId, deadline);
  }

  /** After a restart: what is left of a lease. */
  restore(lease: LeaseRecord, remainingMs: number | undefined, ttlMs = lease.ttlMs): void {
    const deadline = this.#byLease.get(lease.leaseId);
    if (deadline === undefined) return;
    const now = this.#nowMs(deadline);
    deadline.ttlMs = ttlMs;
    if (remainingMs !== undefined) deadline.expiresMs = now + remainingMs;
    if (lease.maxHoldMs > 0) deadline.maxHoldMs = now + Math.max(0, lease.maxHoldMs - this.heldMs(lease));
    this.#place(lease.leaseId, deadline);
  }

  /** Since the grant, by the clock of the boot that granted it where that is still ours, else by the wall clock. */
  heldMs(lease: LeaseRecord): number {
    const { clock, bootId } = this.#parts;
    const isOurs = lease.holder.bootId === bootId;
    const held = isOurs ? clock.boottimeMs() - lease.acquireBoottimeMs : clock.wallMs() - lease.acquireWallMs;
    return Math.max(0, Math.floor(held));
  }

  /** The TTL that renewals gave last. */
  ttlOf(lease: LeaseRecord): number {
    return this.#byLease.get(lease.leaseId)?.ttlMs ?? lease.ttlMs;
  }

  momentOf(lease: LeaseRecord): Moment {
    const deadline = this.#byLease.get(lease.leaseId);
    const wallMs = this.#parts.clock.wallMs();
    const ttlMs = deadline?.ttlMs ?? lease.ttlMs;
    if (deadline === undefined) return { wallMs, ttlMs, remainingMs: undefined };
    const remainingMs = endOf(deadline) - this.#nowMs(deadline);
    return { wallMs, ttlMs, remainingMs: Number.isFinite(remainingMs) ? Math.max(0, remainingMs) : undefined };
  }

  /** What a restart must know of a TTL lease; others get theirs anew. */
  stored(lease: LeaseRecord): StoredDeadline | undefined {
    if (lease.liveness !== LeaseLiveness.TTL || lease.draining !== undefined) return undefined;
    const { wallMs, remainingMs } = this.momentOf(lease);
    if (remainingMs === undefined) return undefined;
    const { clock, bootId } = this.#parts;
    const ttlMs = this.ttlOf(lease);
    return { wallMs: wallMs + remainingMs, boottimeMs: clock.boottimeMs() + remainingMs, bootId, ttlMs };
  }

  /** Takes out one lease whose time is up: at exactly its TTL. */
  popDue(): DueLease | undefined {
    // Without a timer nobody had to look at the clock: that was no stall.
    if (this.#timer === undefined) this.#parts.clock.resume();
    else this.#parts.clock.observe();
    const leaseId = this.#hold.popDue(this.#parts.clock.holdMs()) ?? this.#ttl.popDue(this.#parts.clock.ttlMs());
    if (leaseId === undefined) return undefined;
    const deadline = this.#byLease.get(leaseId);
    this.#byLease.delete(leaseId);
    return { leaseId, overMaxHold: deadline !== undefined && deadline.maxHoldMs <= deadline.expiresMs };
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #start(lease: LeaseRecord): void {
    const heap = lease.liveness === LeaseLiveness.TTL ? this.#ttl : this.#hold;
    const before = this.#byLease.get(lease.leaseId);
    const now = heap === this.#ttl ? this.#parts.clock.ttlMs() : this.#parts.clock.holdMs();
    const deadline: Deadline = {
      heap,
      ttlMs: lease.ttlMs,
      expiresMs: lease.liveness === LeaseLiveness.PROCESS ? Number.POSITIVE_INFINITY : now + lease.ttlMs,
      maxHoldMs: before?.maxHoldMs ?? (lease.maxHoldMs === 0 ? Number.POSITIVE_INFINITY : now + lease.maxHoldMs),
    };
    this.#byLease.set(lease.leaseId, deadline);
    this.#place(lease.leaseId, deadline);
  }

  #place(leaseId: string, deadline: Deadline): void {
    const end = endOf(deadline);
    if (end === Number.POSITIVE_INFINITY) {
      deadline.heap.delete(leaseId);
      return;
    }
    if (this.#timer === undefined) this.#parts.clock.resume();
    deadline.heap.set(leaseId, end);
    const inMs = end - this.#nowMs(deadline);
    if (this.#timer === undefined || inMs < this.#timerAtMs - this.#parts.clock.holdMs()) this.#arm(inMs);
  }

  #drop(leaseId: string): void {
    this.#byLease.get(leaseId)?.heap.delete(leaseId);
    this.#byLease.delete(leaseId);
  }

  #nowMs(deadline: Deadline): number {
    return deadline.heap === this.#ttl ? this.#parts.clock.ttlMs() : this.#parts.clock.holdMs();
  }

  /** One timer for all: due at the next deadline, and at least each heartbeat, so that a stall is seen as one. */
  #arm(inMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#closed) return;
    // Timers may fire up to 1 ms early; the deadline is exact.
    const delay = Math.min(HEARTBEAT_MS, Math.max(0, Math.ceil(inMs) + 1));
    this.#timerAtMs = this.#parts.clock.holdMs() + delay;
    this.#timer = setTimeout(() => this.#tick(), delay);
  }

  #tick(): void {
    this.#timer = undefined;
    this.#parts.clock.observe();
    this.#parts.onDue();
    if (this.#timer !== undefined) return;
    const hold = (this.#hold.next() ?? Number.POSITIVE_INFINITY) - this.#parts.clock.holdMs();
    const ttl = (this.#ttl.next() ?? Number.POSITIVE_INFINITY) - this.#parts.clock.ttlMs();
    if (hold !== Number.POSITIVE_INFINITY || ttl !== Number.POSITIVE_INFINITY) this.#arm(Math.min(hold, ttl));
  }
}

function endOf(deadline: Deadline): number {
  return Math.min(deadline.expiresMs, deadline.maxHoldMs);
}
