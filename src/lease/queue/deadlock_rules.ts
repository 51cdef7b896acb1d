/** One who waits, as the rules see it. */
export interface WaitNode {
  readonly waiterId: string;
  /** For people: the process, or the client id. */
  readonly name: string;
  /** It never gives up by itself. */
  readonly forever: boolean;
  /** Leases that can't be released before this wait is over, for it stands under them. */
  readonly under: ReadonlySet<string>;
  /** One a resource that it can't have now. */
  readonly blockedOn: readonly BlockedWish[];
}

export interface BlockedWish {
  readonly resource: string;
  /** Ids of leases and of waiters. */
  readonly blockers: readonly string[];
}

/**
 * Whether `waiterId` can never be granted: a chain of waits that leads back to
 * it, in which nobody gives up and every blocker is itself blocked in the
 * chain. Answers the chain in words, or undefined.
 *
 * The waiters that are blocked for ever are the greatest set in which each
 * has a wish whose blockers all are in it, or are leases that one in it
 * stands under.
 */
export function findDeadlock(waiterId: string, waiters: readonly WaitNode[]): string[] | undefined {
  const stuck = new Map<string, WaitNode>();
  for (const waiter of waiters) if (waiter.forever) stuck.set(waiter.waiterId, waiter);
  for (let shrinking = true; shrinking; ) {
    shrinking = false;
    const pinned = pinnedLeases(stuck.values());
    for (const waiter of stuck.values()) {
      if (blockedForEver(waiter, stuck, pinned) !== undefined) continue;
      stuck.delete(waiter.waiterId);
      shrinking = true;
    }
  }
  const first = stuck.get(waiterId);
  return first === undefined ? undefined : nameCycle(first, stuck);
}

/**
 * Whether a waiter can't go on before one of `leases` ends, directly or
 * through others: who stands under one of those must not wait for it.
 */
export function waitsForAny(
  waiter: WaitNode,
  leases: ReadonlySet<string>,
  waiters: readonly WaitNode[],
  seen: Set<string> = new Set(),
): boolean {
  if (seen.has(waiter.waiterId)) return false;
  seen.add(waiter.waiterId);
  for (const { blockers } of waiter.blockedOn) {
    for (const blocker of blockers) {
      if (leases.has(blocker)) return true;
      for (const other of waiters) {
        if ((other.under.has(blocker) || other.waiterId === blocker) && waitsForAny(other, leases, waiters, seen)) {
          return true;
        }
      }
    }
  }
  return false;
}

function pinnedLeases(waiters: Iterable<WaitNode>): Set<string> {
  const pinned = new Set<string>();
  for (const waiter of waiters) for (const leaseId of waiter.under) pinned.add(leaseId);
  return pinned;
}

function blockedForEver(
  waiter: WaitNode,
  stuck: ReadonlyMap<string, WaitNode>,
  pinned: ReadonlySet<string>,
): BlockedWish | undefined {
  return waiter.blockedOn.find(
    ({ blockers }) => blockers.length > 0 && blockers.every((blocker) => stuck.has(blocker) || pinned.has(blocker)),
  );
}

function nameCycle(first: WaitNode, stuck: ReadonlyMap<string, WaitNode>): string[] {
  const pinned = pinnedLeases(stuck.values());
  const chain: string[] = [];
  const seen = new Set<string>();
  for (let waiter: WaitNode | undefined = first; waiter !== undefined && !seen.has(waiter.waiterId); ) {
    seen.add(waiter.waiterId);
    const wish = blockedForEver(waiter, stuck, pinned);
    const blocker = wish?.blockers[0];
    if (wish === undefined || blocker === undefined) break;
    chain.push(`${waiter.name} waits for ${wish.resource} (${blocker})`);
    waiter = stuck.get(blocker) ?? [...stuck.values()].find((other) => other.under.has(blocker));
  }
  return chain;
}
