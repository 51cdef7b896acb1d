import type { LeaseServiceService } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import type { Clock } from '../os/clock.js';
import type { ProcessWatch } from '../os/process_watch.js';
import type { HandlersFor } from '../rpc/handlers.js';
import { Refusal } from '../rpc/refusal.js';
import type { Store, StoreContents } from '../store/port.js';
import { StoreError } from '../store/port.js';
import type { EventSink } from '../telemetry/events.js';
import { LeaseAcquiring } from './acquire/acquiring.js';
import type { PendingAcquire } from './acquire/pending_acquire.js';
import { PriorHoldings } from './acquire/prior_holdings.js';
import { RequestIds } from './acquire/request_ids.js';
import { Judge } from './acquire/verdict.js';
import { BoundedMap } from './bounded_map.js';
import { CommandNames } from './command_names.js';
import { AttachedProcesses } from './ending/attached_processes.js';
import { Deadlines } from './ending/deadlines.js';
import { DeathLooks } from './ending/death_looks.js';
import { LeaseEnding } from './ending/ending.js';
import type { End } from './ending/ending_rules.js';
import { strayFinder } from './ending/strays.js';
import { Terminator } from './ending/terminator.js';
import { InnerLeases, InnerListeners } from './inner_leases.js';
import { LeaseClock } from './lease_clock.js';
import { LeaseListeners } from './lease_listeners.js';
import { leaseMessage } from './lease_message.js';
import type { FindHeirs, LeaseLimits, LeaseParts } from './lease_parts.js';
import { type LeaseWatch, NO_LEASE_WATCH } from './lease_watch.js';
import { CommitPipeline } from './ledger/commit_pipeline.js';
import { CommittedLeases } from './ledger/committed_leases.js';
import { LeaseTable } from './ledger/lease_table.js';
import { Ledger } from './ledger/ledger.js';
import { readRecords, recallOtherBoot, takeUp } from './ledger/restore.js';
import { RevisionCounter } from './ledger/revision_counter.js';
import { LeaseManager } from './manager.js';
import type { PolicyTable } from './policy.js';
import { QueueNews } from './queue/queue_news.js';
import { QueueWatch } from './queue/queue_watch.js';
import { WaitQueue } from './queue/wait_queue.js';
import { LeaseReading } from './reading.js';
import { leaseHandlers } from './service.js';
import { TokenSigner } from './token.js';
import { LeaseHistory } from './watch/history.js';
import { WatchHub } from './watch/watch_hub.js';
import { YieldRequests } from './yielding/yield_requests.js';

/** Ended leases of which the reason is remembered. */
const ENDS_REMEMBERED = 10_000;

export interface LeasesOptions {
  readonly store: Store;
  readonly contents: StoreContents;
  readonly processWatch: ProcessWatch;
  readonly clock: Clock;
  /** 32 secret bytes that sign the tokens. */
  readonly key: Uint8Array;
  readonly bootId: string;
  readonly policies: PolicyTable;
  readonly limits: LeaseLimits & { readonly maxWatchers: number };
  readonly history: { readonly maxEvents: number; readonly maxBytes: number };
  /** Time between TERM and KILL where a lease ends its processes. */
  readonly terminateGraceMs: number;
  readonly events: EventSink;
  /** Who keeps a lease whose attached processes are all gone. */
  readonly heirsOf: FindHeirs;
  /** Logs a fault of the daemon's own and answers what its caller is told. */
  readonly internal: (error: unknown) => Refusal;
  /** The store can no longer be trusted: the daemon must stop. */
  readonly onStoreFailed: (error: unknown) => void;
  /** Default: nobody follows. */
  readonly watch?: LeaseWatch | undefined;
}

/** Numbers for the daemon's status. */
export interface LeaseNumbers {
  readonly exclusive: number;
  readonly shared: number;
  readonly draining: number;
  readonly waiters: number;
  readonly watchers: number;
  /** Revisions that the slowest watch has still to be told of. */
  readonly watcherLag: number;
  readonly holds: number;
  readonly longestWaitMs: number;
  readonly revision: number;
  readonly compactedRevision: number;
  readonly commits: number;
  readonly stalledMs: number;
}

export interface Leases {
  readonly handlers: HandlersFor<typeof LeaseServiceService>;
  numbers(): LeaseNumbers;
  /** The door of another service of this daemon to the leases below its reserved prefix. */
  inner(prefix: string): InnerLeases;
  /** After the configuration changed; leases in force keep their terms. */
  setPolicies(policies: PolicyTable): void;
  /** Refuses those that wait and ends the watches with SHUTTING_DOWN. */
  stop(): void;
  /** Waits for what is on its way to the store; after it nothing changes any more. */
  close(): Promise<void>;
}

/** Puts the room together and takes up the leases of the run before. */
export async function createLeases(options: LeasesOptions): Promise<Leases> {
  const { store, contents, processWatch, events, bootId, watch = NO_LEASE_WATCH } = options;
  const restored = readRecords(contents);
  const onHousekeepingFault = (fault: unknown): void => void storeRefusal(fault, options);
  const revisions = await RevisionCounter.open(store, contents.revisionFloor, onHousekeepingFault);
  const tokens = new TokenSigner(options.key);
  const clock = new LeaseClock(options.clock, (stalledMs) => {
    events.emit({ action: 'daemon.stalled', level: 'warn', success: true, metadata: { stalledMs } });
  });
  const deadlines = new Deadlines({ clock, bootId, onDue: () => ending.sweep() });
  const attached = new AttachedProcesses(processWatch, (process) => ending.processGone(process));
  const requests = new RequestIds();
  const table = new LeaseTable({
    changed: (before, after) => {
      deadlines.changed(before, after);
      attached.changed(before, after);
      requests.changed(before, after, clock.holdMs());
    },
  });
  const committed = new CommittedLeases();
  const history = new LeaseHistory({
    ...options.history,
    onCompact: (revision) => {
      store.compact(revision).catch(onHousekeepingFault);
    },
  });
  history.restore(contents.events, contents.compactedRevision);
  const pipeline = new CommitPipeline({
    store,
    table,
    committed,
    publish: (published) => {
      history.append(published);
      hub.publish();
    },
    undone: (changes, fault) => {
      // Also where nobody asked, such as an expiry: a store that failed stops the daemon.
      storeRefusal(fault, options);
      for (const { before, after } of changes) if (before === undefined && after !== undefined) requests.forget(after);
      // What is free again has had no end that would let its waiters in.
      const resources = new Set(changes.flatMap(({ before, after }) => (after ?? before)?.resource ?? []));
      for (const resource of resources) acquiring.pump(resource);
    },
  });
  const queue = new WaitQueue<PendingAcquire>();
  const innerListeners = new InnerListeners();
  const listeners = new LeaseListeners();
  const commandNames = new CommandNames((leaseId) => {
    const lease = table.get(leaseId);
    if (lease !== undefined) news.changed(lease.resource);
  });
  const parts: LeaseParts = {
    table,
    committed,
    queue,
    clock,
    deadlines,
    ledger: new Ledger(table, deadlines, revisions, pipeline, watch, commandNames),
    revisions,
    attached,
    processWatch,
    commandNames,
    listeners,
    yields: new YieldRequests(listeners),
    onEnded: (lease, end, replacedBy) => innerListeners.ended(lease, end, replacedBy),
    heirsOf: options.heirsOf,
    onFault: options.internal,
    tokens,
    policies: options.policies,
    priors: new PriorHoldings(),
    ends: new BoundedMap<End>(ENDS_REMEMBERED),
    requests,
    events,
    limits: options.limits,
    hasRoom: () => store.room().writable,
    messageOf: (lease) => leaseMessage(lease, deadlines.momentOf(lease)),
    refusalOf: (fault) => storeRefusal(fault, options),
  };
  const judge = new Judge(parts);
  const queues = new QueueWatch(parts, options.limits.maxWatchers);
  const news: QueueNews = new QueueNews(parts, (resource) => queues.changed(resource));
  const findStrays = strayFinder(tokens);
  const terminator = new Terminator({
    watch: processWatch,
    findStrays,
    graceMs: options.terminateGraceMs,
    adopt: (leaseId, strays) => ending.adopt(leaseId, strays),
    current: (leaseId) => table.get(leaseId),
    onGone: (leaseId) => ending.allGone(leaseId),
    onFault: options.internal,
  });
  const ending: LeaseEnding = new LeaseEnding(parts, terminator, (resource) => acquiring.pump(resource));
  const acquiring: LeaseAcquiring = new LeaseAcquiring(parts, judge, news, ending);
  const reading = new LeaseReading(parts, judge, findStrays);
  const hub: WatchHub = new WatchHub({
    history,
    snapshot: (filter) => reading.snapshot(filter),
    maxWatchers: options.limits.maxWatchers,
  });
  const manager = new LeaseManager(parts, acquiring, ending);
  const looks = new DeathLooks(() => processWatch.checkNow());
  const holds = { count: 0 };
  committed.restore([...restored.leases.map(({ lease }) => lease), ...restored.superseded], history.latestRevision);
  recallOtherBoot(contents, parts);
  takeUp(restored, parts, ending, bootId);
  await pipeline.idle();
  return {
    handlers: leaseHandlers({
      manager,
      reading,
      hub,
      queues,
      internal: options.internal,
      onHoldEnd: () => looks.start(),
      holds,
      watch,
    }),
    numbers: () => ({
      ...table.counts,
      waiters: queue.size,
      watchers: hub.watcherCount + queues.watcherCount,
      watcherLag: hub.lag,
      holds: holds.count,
      longestWaitMs: longestWait(queue, clock),
      revision: committed.revision,
      compactedRevision: history.compactedRevision,
      commits: pipeline.commits,
      stalledMs: clock.stalledMs,
    }),
    inner: (prefix) => new InnerLeases(prefix, parts, manager, innerListeners),
    setPolicies: (policies) => {
      parts.policies = policies;
    },
    stop: () => {
      acquiring.close(new Refusal('SHUTTING_DOWN', 'tenured is shutting down; ask again when it is back'));
      hub.close();
      queues.close();
    },
    close: async () => {
      for (const part of [deadlines, attached, ending, news, terminator, looks]) part.close();
      await pipeline.idle();
    },
  };
}

function longestWait(queue: WaitQueue<PendingAcquire>, clock: LeaseClock): number {
  const now = clock.holdMs();
  let longest = 0;
  for (const waiter of queue.all()) longest = Math.max(longest, now - waiter.startMs + waiter.waitedBeforeMs);
  return longest;
}

/** What the store could not take, for the caller; a store that failed stops the daemon. */
function storeRefusal(fault: unknown, { internal, onStoreFailed }: LeasesOptions): Refusal {
  if (fault instanceof Refusal) return fault;
  if (!(fault instanceof StoreError)) return internal(fault);
  if (fault.fault === 'full') {
    return new Refusal('STORE_FULL', 'the disk of the state folder is full; make room and try again');
  }
  onStoreFailed(fault);
  return new Refusal('STORE_FAILED', 'the store failed and tenured stops; nothing was changed, see its log');
}
