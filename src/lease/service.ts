import type {
  AcquireLeaseRequest,
  AcquireLeaseResponse,
  HoldLeasesRequest,
  HoldLeasesResponse,
  LeaseServiceService,
} from '@tenure/client/gen/tenure/lease/v1/lease_service';
import { actorOf } from '../rpc/actor.js';
import type { CallContext, Peer } from '../rpc/context.js';
import { bidi, type HandlersFor, serverStream, unary } from '../rpc/handlers.js';
import { Refusal } from '../rpc/refusal.js';
import { invalid } from '../rpc/request_checks.js';
import type { InStream, OutStream } from '../rpc/streams.js';
import { HoldSession } from './hold_session.js';
import type { LeaseWatch } from './lease_watch.js';
import type { LeaseManager } from './manager.js';
import type { QueueWatch } from './queue/queue_watch.js';
import type { LeaseReading } from './reading.js';
import type { WatchHub } from './watch/watch_hub.js';

export interface LeaseServiceParts {
  readonly manager: LeaseManager;
  readonly reading: LeaseReading;
  readonly hub: WatchHub;
  readonly queues: QueueWatch;
  /** Turns what is no Refusal into one, and logs it. */
  readonly internal: (error: unknown) => Refusal;
  /** A stream ended: its client may be dead. */
  readonly onHoldEnd: () => void;
  readonly holds: { count: number };
  readonly watch: LeaseWatch;
}

/** tenure.lease.v1.LeaseService: converts, calls, answers. */
export function leaseHandlers(parts: LeaseServiceParts): HandlersFor<typeof LeaseServiceService> {
  const { manager, reading, hub, queues } = parts;
  return {
    acquireLease: unary((request, context) => acquire(manager, request, context), { role: 'client' }),
    renewLease: unary((request) => manager.renew(request), { role: 'client' }),
    releaseLease: unary(({ ownerToken }, { peer }) => manager.release(ownerToken, peer), { role: 'client' }),
    holdLeases: bidi((incoming, context, out) => hold(parts, incoming, context, out), { role: 'client' }),
    getLease: unary(({ leaseId }) => ({ lease: reading.get(leaseId) }), { role: 'viewer' }),
    listLeases: unary((request) => reading.list(request), { role: 'viewer' }),
    revokeLeases: unary(
      async ({ target, force, reason }, { peer }) => {
        if (target === undefined) throw invalid('target', 'is not set; name what to revoke, or say all');
        return { revoked: await manager.revoke(target, force, { uid: peer.uid, reason, actor: actorOf(peer) }) };
      },
      { role: 'operator' },
    ),
    requestYield: unary((request, { peer }) => manager.requestYield(request, peer), { role: 'client' }),
    explainResource: unary(({ resource }) => reading.explain(resource), { role: 'viewer' }),
    watchLeases: serverStream((request, _context, out) => hub.serve(request, out), { role: 'viewer' }),
    watchQueues: serverStream((request, _context, out) => queues.serve(request, out), { role: 'viewer' }),
  };
}

function acquire(
  manager: LeaseManager,
  request: AcquireLeaseRequest,
  { peer, signal }: CallContext,
): Promise<AcquireLeaseResponse> {
  return new Promise((resolve, reject) => {
    let gone = false;
    const waiter = manager.acquire(request, 'unary', {
      peer,
      listener: undefined,
      answer: (response) => {
        // Without a request id nobody could ever claim what is granted now.
        if (gone && request.requestId === '') giveBack(manager, response, peer);
        resolve(response);
      },
      refuse: reject,
      onStanding: undefined,
    });
    if (waiter === undefined) return;
    // Only a waiter needs the signal, which costs something to make.
    const leave = (): void => {
      gone = true;
      if (manager.cancel(waiter)) reject(new Refusal('CANCELLED', 'the call ended while it waited'));
    };
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  });
}

function giveBack(manager: LeaseManager, { results }: AcquireLeaseResponse, peer: Peer): void {
  for (const { outcome } of results) {
    if (outcome?.$case !== 'granted') continue;
    Promise.resolve(manager.release(outcome.value.ownerToken, peer)).catch(() => {
      // The store has no room for it: the lease ends with its process or its TTL.
    });
  }
}

async function hold(
  { manager, internal, onHoldEnd, holds, watch }: LeaseServiceParts,
  incoming: InStream<HoldLeasesRequest>,
  { peer }: CallContext,
  out: OutStream<HoldLeasesResponse>,
): Promise<void> {
  const session = new HoldSession({ manager, peer, out, internal, watch: watch.operations(peer) });
  holds.count += 1;
  try {
    await incoming.eachMessage((message) => session.receive(message));
    await session.answered();
  } finally {
    holds.count -= 1;
    session.close();
    onHoldEnd();
  }
}
