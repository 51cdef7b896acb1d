import type { Lease } from '@tenure/client/gen/tenure/lease/v1/lease';
import type { ProcessIdentity } from '../os/process_identity.js';
import type { ProcessWatch } from '../os/process_watch.js';
import type { EventSink } from '../telemetry/events.js';
import type { PendingAcquire } from './acquire/pending_acquire.js';
import type { PriorHoldings } from './acquire/prior_holdings.js';
import type { RequestIds } from './acquire/request_ids.js';
import type { BoundedMap } from './bounded_map.js';
import type { CommandNames } from './command_names.js';
import type { AttachedProcesses } from './ending/attached_processes.js';
import type { Deadlines } from './ending/deadlines.js';
import type { End } from './ending/ending_rules.js';
import type { LeaseClock } from './lease_clock.js';
import type { LeaseListeners } from './lease_listeners.js';
import type { CommittedLeases } from './ledger/committed_leases.js';
import type { LeaseTable } from './ledger/lease_table.js';
import type { Ledger } from './ledger/ledger.js';
import type { LeaseRecord } from './ledger/record.js';
import type { RevisionCounter } from './ledger/revision_counter.js';
import type { PolicyTable } from './policy.js';
import type { WaitQueue } from './queue/wait_queue.js';
import type { TokenSigner } from './token.js';
import type { YieldRequests } from './yielding/yield_requests.js';

/** Looks for what runs on in a client's name after all that it attached; undefined: a lease of such a client has no heirs. */
export type FindHeirs = (clientId: string) => Promise<readonly ProcessIdentity[]> | undefined;

/** How much of everything there may be. */
export interface LeaseLimits {
  readonly maxLeases: number;
  readonly maxWaiters: number;
}

/** What acquiring, ending and reading leases have in common. Put together in create_leases.ts. */
export interface LeaseParts {
  readonly table: LeaseTable;
  readonly committed: CommittedLeases;
  readonly queue: WaitQueue<PendingAcquire>;
  readonly clock: LeaseClock;
  readonly deadlines: Deadlines;
  readonly ledger: Ledger;
  readonly revisions: RevisionCounter;
  readonly attached: AttachedProcesses;
  readonly processWatch: ProcessWatch;
  readonly commandNames: CommandNames;
  readonly listeners: LeaseListeners;
  readonly yields: YieldRequests;
  /** Hears of every end, once it is committed. */
  readonly onEnded: (lease: LeaseRecord, end: End, replacedBy: string | undefined) => void;
  /** As in LeasesOptions. */
  readonly heirsOf: FindHeirs;
  readonly onFault: (fault: unknown) => void;
  readonly tokens: TokenSigner;
  policies: PolicyTable;
  readonly priors: PriorHoldings;
  /** How leases ended that are gone, by lease id. */
  readonly ends: BoundedMap<End>;
  readonly requests: RequestIds;
  readonly events: EventSink;
  readonly limits: LeaseLimits;
  /** False when the store has no room for more. */
  readonly hasRoom: () => boolean;
  /** A lease as clients see it now. */
  readonly messageOf: (lease: LeaseRecord) => Lease;
  /** A Refusal for what the store could not take. */
  readonly refusalOf: (fault: unknown) => unknown;
}
