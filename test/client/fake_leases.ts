import {
  durationFromMillis,
  durationToMillis,
  Handover,
  type Lease,
  LeaseEnd,
  LeaseLiveness,
  LeaseState,
  PriorHolding,
} from '@tenure/client';
import type {
  AcquireLeaseRequest,
  AcquireLeaseResponse,
  HoldEvent,
  HoldOperation,
  HoldResult,
  LeaseEnded,
} from '@tenure/client/gen/tenure/lease/v1/lease_service';

type Result = NonNullable<HoldResult['result']>;

/** Where the answer of an acquire that waits goes. */
export interface Waiting {
  answer(event: HoldEvent): void;
}

/** One holder a resource, first come first served; nothing ends by itself. */
export class FakeLeases {
  readonly #live = new Map<string, Lease>();
  readonly #ends = new Map<string, LeaseEnd>();
  readonly #grants = new Map<string, AcquireLeaseResponse>();
  #queue: { id: bigint; request: AcquireLeaseRequest; waiting: Waiting }[] = [];
  #revision = 1_000;

  run(operation: HoldOperation, waiting: Waiting): HoldEvent[] {
    const id = operation.operationId;
    switch (operation.operation?.$case) {
      case 'acquire':
        return this.#acquire(id, operation.operation.value, waiting);
      case 'renew':
        return [resultEvent(id, { $case: 'renewed', value: { outcome: this.#renew(operation.operation.value) } })];
      case 'resume':
        return [resultEvent(id, { $case: 'resumed', value: { outcome: this.#renew(operation.operation.value) } })];
      case 'release':
        return [resultEvent(id, this.#release(operation.operation.value.ownerToken))];
      case 'cancel':
        return this.#cancel(id, operation.operation.value.operationId);
      case 'attach': {
        const { pid } = operation.operation.value;
        const attached = { pid, startTicks: 7n, role: 2 as const, command: 'sleep' };
        return [resultEvent(id, { $case: 'attached', value: { outcome: { $case: 'attached', value: attached } } })];
      }
      case undefined:
        return [];
    }
  }

  find(leaseId: string): Lease | undefined {
    return this.#live.get(leaseId);
  }

  all(): Lease[] {
    return [...this.#live.values()];
  }

  /** Takes a resource for somebody else. */
  occupy(resource: string): Lease {
    return this.#grant({ ...EMPTY, wishes: [{ resource, mode: 1 }] }, resource);
  }

  end(leaseId: string, end: LeaseEnd): Lease | undefined {
    const lease = this.#live.get(leaseId);
    this.#live.delete(leaseId);
    this.#ends.set(leaseId, end);
    this.#serveQueue();
    return lease;
  }

  /** The streams are gone, and their waiters with them. */
  dropWaiting(): void {
    this.#queue = [];
  }

  get queueLength(): number {
    return this.#queue.length;
  }

  #acquire(id: bigint, request: AcquireLeaseRequest, waiting: Waiting): HoldEvent[] {
    const known = this.#grants.get(request.requestId);
    if (known !== undefined) {
      return [resultEvent(id, { $case: 'acquired', value: known })];
    }
    const blockers = this.#blockers(request);
    if (blockers.length === 0) {
      return [resultEvent(id, { $case: 'acquired', value: this.#answer(request) })];
    }
    if (request.wait === undefined) {
      return [resultEvent(id, { $case: 'acquired', value: heldAnswer(request, blockers) })];
    }
    this.#queue.push({ id, request, waiting });
    const [first] = request.wishes;
    const held = { blockers: [], queueLength: this.#queue.length, withheldForSet: false, ancestorLeaseId: '' };
    const value = { operationId: id, resource: first?.resource ?? '', position: this.#queue.length, held };
    return [{ event: { $case: 'queue', value } }];
  }

  #blockers({ wishes, inheritTokens }: AcquireLeaseRequest): Lease[] {
    const names = new Set(wishes.map(({ resource }) => resource));
    return this.all().filter(
      ({ leaseId, resource }) => names.has(resource) && !inheritTokens.includes(`tni_${leaseId}`),
    );
  }

  #answer(request: AcquireLeaseRequest): AcquireLeaseResponse {
    const response: AcquireLeaseResponse = {
      results: request.wishes.map(({ resource }) => {
        const above = this.all().find((lease) => lease.resource === resource);
        if (above !== undefined) {
          const inheritToken = `tni_${above.leaseId}`;
          return {
            resource,
            outcome: { $case: 'inherited', value: { lease: above, inheritToken } },
            staleInheritance: false,
          };
        }
        const lease = this.#grant(request, resource);
        const tokens = { ownerToken: `tno_${lease.leaseId}`, inheritToken: `tni_${lease.leaseId}` };
        return {
          resource,
          outcome: { $case: 'granted', value: { lease, ...tokens, prior: PriorHolding.UNSPECIFIED } },
          staleInheritance: request.inheritTokens.length > 0,
        };
      }),
    };
    this.#grants.set(request.requestId, response);
    return response;
  }

  #grant(request: AcquireLeaseRequest, resource: string): Lease {
    this.#revision += 1;
    const ttl = request.liveness === LeaseLiveness.PROCESS ? undefined : (request.ttl ?? durationFromMillis(60_000));
    const lease: Lease = {
      leaseId: `l${this.#revision}`,
      resource,
      clientId: request.clientId,
      mode: request.wishes.find((wish) => wish.resource === resource)?.mode ?? 1,
      liveness: request.liveness,
      fencingToken: BigInt(this.#revision),
      holder: undefined,
      attached: [],
      reason: request.reason,
      metadata: request.metadata,
      acquireTime: undefined,
      expireTime: undefined,
      remainingTtl: ttl,
      ttl,
      maxHold: request.maxHold,
      yieldRequest: undefined,
      waited: undefined,
      state: LeaseState.ACTIVE,
      revision: BigInt(this.#revision),
      capacity: 1,
      handover: request.handover,
      end: LeaseEnd.UNSPECIFIED,
    };
    this.#live.set(lease.leaseId, lease);
    return lease;
  }

  #renew({
    ownerToken,
  }: {
    ownerToken: string;
  }): { $case: 'renewed'; value: Lease } | { $case: 'ended'; value: LeaseEnded } {
    const leaseId = ownerToken.slice(4);
    const lease = this.#live.get(leaseId);
    return lease === undefined
      ? { $case: 'ended', value: { leaseId, end: this.#ends.get(leaseId) ?? LeaseEnd.UNSPECIFIED } }
      : { $case: 'renewed', value: lease };
  }

  #release(ownerToken: string): Result {
    const leaseId = ownerToken.slice(4);
    const lease = this.#live.get(leaseId);
    if (lease === undefined) {
      const end = this.#ends.get(leaseId) ?? LeaseEnd.UNSPECIFIED;
      return { $case: 'released', value: { outcome: { $case: 'ended', value: { leaseId, end } } } };
    }
    this.end(leaseId, LeaseEnd.RELEASED);
    const value: Lease = { ...lease, state: LeaseState.ENDED, end: LeaseEnd.RELEASED };
    return { $case: 'released', value: { outcome: { $case: 'released', value } } };
  }

  #cancel(id: bigint, target: bigint): HoldEvent[] {
    const wasWaiting = this.#queue.some((entry) => entry.id === target);
    this.#queue = this.#queue.filter((entry) => entry.id !== target);
    const cancelled = resultEvent(id, { $case: 'cancelled', value: { wasWaiting } });
    const error = { code: 1, reason: 'CANCELLED', message: 'the acquire was cancelled', metadata: new Map() };
    return wasWaiting ? [resultEvent(target, { $case: 'error', value: error }), cancelled] : [cancelled];
  }

  #serveQueue(): void {
    for (const entry of [...this.#queue]) {
      if (this.#blockers(entry.request).length === 0) {
        this.#queue = this.#queue.filter((other) => other !== entry);
        entry.waiting.answer(resultEvent(entry.id, { $case: 'acquired', value: this.#answer(entry.request) }));
      }
    }
  }
}

/** How long the daemon was asked to keep a waiter. */
export function waitMillis({ operation }: HoldOperation): number | undefined {
  return operation?.$case === 'acquire' && operation.value.wait?.$case === 'waitTimeout'
    ? durationToMillis(operation.value.wait.value)
    : undefined;
}

function resultEvent(operationId: bigint, result: Result): HoldEvent {
  return { event: { $case: 'result', value: { operationId, result } } };
}

function heldAnswer({ wishes }: AcquireLeaseRequest, blockers: readonly Lease[]): AcquireLeaseResponse {
  return {
    results: wishes.map(({ resource }) => ({
      resource,
      outcome: {
        $case: 'held',
        value: {
          blockers: blockers.map((value) => ({ blocker: { $case: 'lease', value } })),
          queueLength: 3,
          withheldForSet: false,
          ancestorLeaseId: '',
        },
      },
      staleInheritance: false,
    })),
  };
}

const EMPTY: AcquireLeaseRequest = {
  wishes: [],
  clientId: 'another',
  liveness: LeaseLiveness.HOLD,
  ttl: undefined,
  maxHold: undefined,
  handover: Handover.GRANT,
  reason: '',
  metadata: new Map(),
  priority: 0,
  wait: undefined,
  inheritTokens: [],
  requestId: '',
  attachPids: [],
  waitedBefore: undefined,
};
