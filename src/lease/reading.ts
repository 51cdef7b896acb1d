import { type Lease, LeaseState } from '@tenure/client/gen/tenure/lease/v1/lease';
import type {
  ExplainResourceResponse,
  ListLeasesRequest,
  ListLeasesResponse,
  StrayProcess,
} from '@tenure/client/gen/tenure/lease/v1/lease_service';
import { readProcessFacts } from '../os/process_facts.js';
import { Refusal } from '../rpc/refusal.js';
import { invalid } from '../rpc/request_checks.js';
import { checkResource } from './acquire/acquire_command.js';
import { waiterMessage } from './acquire/held_message.js';
import type { Judge } from './acquire/verdict.js';
import { withCurrentCommands } from './current_commands.js';
import type { FindStrays } from './ending/terminator.js';
import type { LeaseParts } from './lease_parts.js';
import { type LeaseRecord, sameProcess } from './ledger/record.js';
import { type LeaseFacts, WatchFilter } from './watch/watch_filter.js';
import type { LeaseSnapshot } from './watch/watch_snapshot.js';

const DEFAULT_PAGE_SIZE = 100;
const MAX_PAGE_SIZE = 1000;

/** Answers what is, and changes nothing. */
export class LeaseReading {
  readonly #parts: LeaseParts;
  readonly #judge: Judge;
  readonly #findStrays: FindStrays;

  constructor(parts: LeaseParts, judge: Judge, findStrays: FindStrays) {
    this.#parts = parts;
    this.#judge = judge;
    this.#findStrays = findStrays;
  }

  get(leaseId: string): Lease {
    const lease = this.#parts.committed.get(leaseId);
    if (lease === undefined) throw new Refusal('LEASE_NOT_FOUND', `there is no lease ${leaseId}; it may have ended`);
    return this.#show(lease);
  }

  list({ filter, pageSize, pageToken }: ListLeasesRequest): ListLeasesResponse {
    if (pageSize < 0 || pageSize > MAX_PAGE_SIZE) throw invalid('page_size', `must be from 1 to ${MAX_PAGE_SIZE}`);
    const size = pageSize === 0 ? DEFAULT_PAGE_SIZE : pageSize;
    const after = readPageToken(pageToken);
    const watched = new WatchFilter(filter);
    const found = [...this.#parts.committed.all()].filter(
      (lease) => lease.fencingToken > after && watched.selects(factsOf(lease)),
    );
    found.sort((a, b) => a.fencingToken - b.fencingToken);
    const page = found.slice(0, size);
    const last = page.at(-1);
    return {
      leases: page.map((lease) => this.#show(lease)),
      nextPageToken: found.length > page.length && last !== undefined ? last.leaseId : '',
      revision: BigInt(this.#parts.committed.revision),
    };
  }

  /** What a watch begins with. Its messages are made as they are read, for they may be many. */
  snapshot(filter: WatchFilter): LeaseSnapshot {
    const { committed } = this.#parts;
    const leases = [...committed.all()].filter((lease) => filter.selects(factsOf(lease)));
    return { leases: this.#messagesOf(leases), revision: committed.revision };
  }

  *#messagesOf(leases: readonly LeaseRecord[]): Generator<Lease, void, undefined> {
    for (const lease of leases) yield withCurrentCommands(this.#parts.messageOf(lease));
  }

  async explain(resource: string): Promise<ExplainResourceResponse> {
    checkResource(resource);
    const leases = this.#parts.table.onResource(resource);
    const policy = this.#parts.policies.of(resource);
    const queue = this.#parts.queue.on(resource);
    const answer = {
      holders: leases.filter((lease) => lease.draining === undefined).map((lease) => this.#show(lease)),
      draining: leases.filter((lease) => lease.draining !== undefined).map((lease) => this.#show(lease)),
      queue: queue.map((waiter) => waiterMessage(this.#parts, waiter, resource)),
      blocks: queue.flatMap((waiter) => {
        const { waiterId, blockedOn } = this.#judge.waitNode(waiter);
        const wish = blockedOn.find((blocked) => blocked.resource === resource);
        return (wish?.blockers ?? []).map((blockedBy) => ({ waiterId, blockedBy }));
      }),
      capacity: this.#judge.capacityOf(resource, policy.capacity),
      policyPattern: policy.pattern,
    };
    const strays = await Promise.all([...leases].map((lease) => this.#strays(lease)));
    return { ...answer, strays: strays.flat() };
  }

  #show(lease: LeaseRecord): Lease {
    const yieldRequest = this.#parts.yields.of(lease.leaseId);
    return { ...withCurrentCommands(this.#parts.messageOf(lease)), yieldRequest };
  }

  async #strays(lease: LeaseRecord): Promise<StrayProcess[]> {
    const found = await this.#findStrays(lease);
    return found
      .filter((stray) => !lease.attached.some((attachment) => sameProcess(attachment, stray)))
      .map(({ pid }) => ({ pid, command: readProcessFacts(pid)?.command ?? '', leaseId: lease.leaseId }));
  }
}

function factsOf({ resource, clientId, draining }: LeaseRecord): LeaseFacts {
  return { resource, clientId, state: draining === undefined ? LeaseState.ACTIVE : LeaseState.DRAINING };
}

/** The lease id that the page before ended with, as a number. */
function readPageToken(token: string): number {
  if (token === '') return 0;
  const after = /^l[0-9a-z]{1,11}$/.test(token) ? Number.parseInt(token.slice(1), 36) : Number.NaN;
  if (!Number.isSafeInteger(after)) throw invalid('page_token', 'is not one that ListLeases answered');
  return after;
}
