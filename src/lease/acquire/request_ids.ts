import { BoundedMap } from '../bounded_map.js';
import type { LeaseRecord } from '../ledger/record.js';
import type { AcquireCommand } from './acquire_command.js';

/** How many ended requests are remembered, and how long. */
const REMEMBERED = 10_000;
const REMEMBER_MS = 10 * 60_000;

/** What a request id stands for. */
interface Grant {
  readonly leaseIds: readonly string[];
  readonly sinceMs: number;
}

/** What of a lease says which request it was granted to. */
type Requested = Pick<LeaseRecord, 'leaseId' | 'askerUid' | 'requestId'>;

/** Which leases a request id of a uid was granted: a retried request gets the same ones. */
export class RequestIds {
  readonly #live = new Map<string, Grant>();
  readonly #ended = new BoundedMap<Grant>(REMEMBERED);

  find(uid: number, requestId: string, nowMs: number): readonly string[] | undefined {
    const key = keyOf(uid, requestId);
    const live = this.#live.get(key);
    if (live !== undefined) return live.leaseIds;
    const ended = this.#ended.get(key);
    return ended !== undefined && nowMs - ended.sinceMs < REMEMBER_MS ? ended.leaseIds : undefined;
  }

  /** Follows the lease table. */
  changed(before: Requested | undefined, after: Requested | undefined, nowMs: number): void {
    const lease = after ?? before;
    if (lease === undefined || lease.requestId === '') return;
    if (before === undefined) this.#started(lease, nowMs);
    else if (after === undefined) this.#stopped(lease, nowMs);
  }

  /** Its grant was undone: nobody was told of it, and it may be asked for again. */
  forget({ askerUid, requestId }: Pick<LeaseRecord, 'askerUid' | 'requestId'>): void {
    if (requestId === '') return;
    const key = keyOf(askerUid, requestId);
    this.#live.delete(key);
    this.#ended.delete(key);
  }

  #started(lease: Requested, nowMs: number): void {
    const key = keyOf(lease.askerUid, lease.requestId);
    const ended = this.#ended.get(key);
    if (ended?.leaseIds.includes(lease.leaseId)) {
      // Its end was undone.
      this.#ended.delete(key);
      this.#live.set(key, ended);
      return;
    }
    const others = this.#live.get(key)?.leaseIds ?? [];
    this.#live.set(key, { leaseIds: [...others, lease.leaseId], sinceMs: nowMs });
  }

  #stopped(lease: Requested, nowMs: number): void {
    const key = keyOf(lease.askerUid, lease.requestId);
    const grant = this.#live.get(key);
    if (grant === undefined) return;
    // All are remembered, so that a set of which one has ended is not granted anew.
    this.#live.delete(key);
    this.#ended.set(key, { leaseIds: grant.leaseIds, sinceMs: nowMs });
  }
}

/** Whether a retried request asks for what its first try was granted. */
export function asksForTheSame(command: AcquireCommand, leases: readonly LeaseRecord[]): boolean {
  return leases.every(
    (lease) =>
      lease.clientId === command.clientId &&
      command.wishes.some(({ resource, mode }) => resource === lease.resource && mode === lease.mode),
  );
}

function keyOf(uid: number, requestId: string): string {
  return `${uid}.${requestId}`;
}
