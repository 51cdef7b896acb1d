import { setTimeout as delay } from 'node:timers/promises';
import {
  type Client,
  durationFromMillis,
  durationToMillis,
  isTenureError,
  LeaseEnd,
  type LeaseEvent,
  LeaseEventType,
} from '@tenure/client';
import { meaningOfEnd, renewalPauseMs, retryPauseMs } from './keeping_rules.js';
import type { LentSecret } from './lent_secrets.js';

/** Renewals due within this time go out together, in milliseconds. */
const GATHER_MS = 50;

export interface KeepingListener {
  /** The lease on a secret is gone, on the daemon's word. */
  lost(name: string, end: LeaseEnd): void;
  /** The daemon does not answer; told once. What is kept goes on when it is back. */
  away(): void;
  /** Leases can't be watched: a revocation shows at the next renewal only. */
  unwatched(error: unknown): void;
}

interface Kept {
  readonly secret: LentSecret;
  /** False for the lease of a newer run of the same client, which replaced ours. */
  readonly isOwn: boolean;
  /** On the clock of performance.now(). */
  dueAt: number;
}

/** Renews leases on secrets, and tells when one is lost. */
export class KeptLeases {
  readonly #client: Client;
  readonly #listener: KeepingListener;
  /** By lease id. */
  readonly #leases = new Map<string, Kept>();
  readonly #longestTtlMs: number;
  readonly #stop = new AbortController();
  readonly #work: Promise<unknown>;
  #saidAway = false;

  /** @param longestTtlMs a lease with a longer TTL gets this one at once. */
  constructor(
    client: Client,
    lent: readonly LentSecret[],
    listener: KeepingListener,
    longestTtlMs = Number.POSITIVE_INFINITY,
  ) {
    this.#client = client;
    this.#listener = listener;
    this.#longestTtlMs = longestTtlMs;
    const now = performance.now();
    for (const secret of lent) {
      const pause = secret.ttlMs > longestTtlMs ? 0 : renewalPauseMs(secret.ttlMs);
      this.#leases.set(secret.leaseId, { secret, isOwn: true, dueAt: now + pause });
    }
    const [first] = lent;
    this.#work =
      first === undefined ? Promise.resolve() : Promise.all([this.#renewInTime(), this.#watch(first.clientId, lent)]);
  }

  /** Renews no more. The leases stay. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#work;
  }

  async #renewInTime(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const own = [...this.#leases.values()].filter(({ isOwn }) => isOwn);
      if (own.length === 0) return;
      const first = Math.min(...own.map(({ dueAt }) => dueAt));
      try {
        await delay(Math.max(first - performance.now(), 0), undefined, { signal });
      } catch {
        // Closed.
        return;
      }
      const due = own.filter(({ dueAt }) => dueAt <= performance.now() + GATHER_MS);
      await Promise.all(due.map((kept) => this.#renew(kept)));
    }
  }

  /** Never rejects. */
  async #renew(kept: Kept): Promise<void> {
    const { ownerToken, leaseId, ttlMs } = kept.secret;
    const { signal } = this.#stop;
    const ttl = ttlMs > this.#longestTtlMs ? durationFromMillis(this.#longestTtlMs) : undefined;
    try {
      const { outcome } = await this.#client.leases.renewLease({ ownerToken, ttl }, { signal });
      if (outcome?.$case === 'ended') this.#end(leaseId, outcome.value.end, '');
      const given = outcome?.$case === 'renewed' ? outcome.value.ttl : undefined;
      kept.dueAt = performance.now() + renewalPauseMs(given === undefined ? ttlMs : durationToMillis(given));
    } catch (error) {
      if (signal.aborted) return;
      // Of a state folder that was deleted, or another one.
      if (isTenureError(error, 'LEASE_NOT_FOUND') || isTenureError(error, 'WRONG_TOKEN')) {
        this.#end(leaseId, LeaseEnd.UNSPECIFIED, '');
      }
      if (isTenureError(error, 'UNREACHABLE') || isTenureError(error, 'SHUTTING_DOWN')) this.#sayAway();
      kept.dueAt = performance.now() + retryPauseMs(Math.min(ttlMs, this.#longestTtlMs));
    }
  }

  async #watch(clientId: string, lent: readonly LentSecret[]): Promise<void> {
    const { signal } = this.#stop;
    const [first] = lent.map(({ revision }) => revision).toSorted((a, b) => (a < b ? -1 : 1));
    let snapshot: Set<string> | undefined;
    try {
      const events = this.#client.watchLeases({
        filter: { clientId, resourcePrefix: 'secret' },
        // Nothing that came since the first grant is missed.
        afterRevision: first,
        signal,
        onSnapshot: () => {
          snapshot = new Set();
        },
        onBreak: (error) => {
          if (!isTenureError(error, 'COMPACTED')) this.#sayAway();
        },
      });
      for await (const event of events) {
        if (event.type === LeaseEventType.SNAPSHOT) snapshot?.add(event.lease?.leaseId ?? '');
        if (event.type === LeaseEventType.SYNCED && snapshot !== undefined) this.#compare(snapshot);
        this.#see(event);
      }
    } catch (error) {
      if (!signal.aborted) this.#listener.unwatched(error);
    }
  }

  #see({ lease, replacedBy }: LeaseEvent): void {
    if (lease !== undefined && lease.end !== LeaseEnd.UNSPECIFIED) this.#end(lease.leaseId, lease.end, replacedBy);
  }

  /** The history that would tell of ends is lost: leases that are no longer there are asked after. */
  #compare(snapshot: ReadonlySet<string>): void {
    for (const [leaseId, kept] of this.#leases) {
      if (snapshot.has(leaseId)) continue;
      if (kept.isOwn) void this.#renew(kept);
      else this.#leases.delete(leaseId);
    }
  }

  #end(leaseId: string, end: LeaseEnd, replacedBy: string): void {
    const kept = this.#leases.get(leaseId);
    if (kept === undefined || this.#stop.signal.aborted) return;
    this.#leases.delete(leaseId);
    switch (meaningOfEnd(end, kept.isOwn)) {
      case 'lost':
        this.#listener.lost(kept.secret.name, end);
        return;
      case 'followed':
        // A renewal learns of it before the watch says by which lease.
        this.#leases.set(replacedBy === '' ? leaseId : replacedBy, { ...kept, isOwn: false });
        return;
      case 'over':
    }
  }

  #sayAway(): void {
    if (this.#saidAway || this.#stop.signal.aborted) return;
    this.#saidAway = true;
    this.#listener.away();
  }
}
