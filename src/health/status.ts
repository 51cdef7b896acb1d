import {
  DaemonPhase,
  type DaemonStatus,
  LastExit,
  type SessionStatus,
  type TaskStatus,
} from '@tenure/client/gen/tenure/health/v1/health_service';
import type { DeliveryCounts } from '../telemetry/delivery_queue.js';
import type { Phase } from './phase.js';
import { toDuration, toTimestamp } from './proto_time.js';
import { type SecretFacts, secretOutline, secretStatus } from './secret_status.js';
import type { ActiveWarning } from './warning_registry.js';

/** What stays the same for a run of the daemon. */
export interface RunFacts {
  readonly version: string;
  readonly pid: number;
  readonly startWallMs: number;
  readonly startMonotonicMs: number;
  readonly startCount: number;
  readonly lastExit: 'none' | 'clean' | 'crashed' | 'rebooted';
  readonly crashesInARow: number;
  readonly stateDir: string;
}

export interface LeaseCounts {
  readonly exclusive: number;
  readonly shared: number;
  readonly draining: number;
  readonly waiters: number;
  readonly watchers: number;
  readonly holds: number;
  readonly longestWaitMs: number;
}

/** What became of the events for one sink. */
export interface EventSinkCounts extends DeliveryCounts {
  readonly sink: string;
}

export interface StoreFacts {
  readonly kind: string;
  readonly revision: number;
  readonly compactedRevision: number;
  readonly freeBytes: number;
  /** In this run. */
  readonly commits: number;
  readonly writable: boolean;
}

/** Whom the status is asked of. Each answers at once, from memory. */
export interface StatusSources {
  readonly run: RunFacts;
  phase(): Phase;
  /** When clients may start the next run, should this one crash; undefined: at once. */
  restartNotBeforeWallMs(): number | undefined;
  socketPath(): string;
  /** Empty where there is no file. */
  configPath(): string;
  /** Undefined until they are restored. */
  leases(): LeaseCounts | undefined;
  /** Undefined until it is open. */
  store(): StoreFacts | undefined;
  /** Undefined until the vault is read. */
  secrets(): SecretFacts | undefined;
  /** Undefined until they are taken up. */
  sessions(): SessionStatus | undefined;
  tasks(): TaskStatus;
  eventSinks(): readonly EventSinkCounts[];
  services(): readonly { readonly service: string; readonly serving: boolean }[];
  warnings(): readonly ActiveWarning[];
  stalledMs(): number;
  connections(): number;
  residentBytes(): number;
}

const PHASES: Readonly<Record<Phase, DaemonPhase>> = {
  starting: DaemonPhase.STARTING,
  serving: DaemonPhase.SERVING,
  draining: DaemonPhase.DRAINING,
};

const LAST_EXITS: Readonly<Record<RunFacts['lastExit'], LastExit>> = {
  none: LastExit.UNSPECIFIED,
  clean: LastExit.CLEAN,
  crashed: LastExit.CRASHED,
  rebooted: LastExit.REBOOTED,
};

/** The daemon at this moment. */
export function statusOf(sources: StatusSources, monotonicMs: number): DaemonStatus {
  const { run } = sources;
  const store = sources.store();
  const leases = sources.leases();
  const secrets = sources.secrets();
  const restart = sources.restartNotBeforeWallMs();
  return {
    version: run.version,
    pid: run.pid,
    phase: PHASES[sources.phase()],
    startTime: toTimestamp(run.startWallMs),
    uptime: toDuration(monotonicMs - run.startMonotonicMs),
    startCount: BigInt(run.startCount),
    lastExit: LAST_EXITS[run.lastExit],
    socketPath: sources.socketPath(),
    stateDir: run.stateDir,
    configPath: sources.configPath(),
    store: store && {
      kind: store.kind,
      revision: BigInt(store.revision),
      compactedRevision: BigInt(store.compactedRevision),
      freeBytes: BigInt(store.freeBytes),
      commits: BigInt(store.commits),
      writable: store.writable,
    },
    leases: leases && {
      exclusive: leases.exclusive,
      shared: leases.shared,
      draining: leases.draining,
      waiters: leases.waiters,
      watchers: leases.watchers,
      holds: leases.holds,
      longestWait: toDuration(leases.longestWaitMs),
    },
    services: sources
      .services()
      .map(({ service, serving }) => ({ service, status: serving ? 'SERVING' : 'NOT_SERVING' })),
    warnings: sources.warnings().map(({ code, message, remedy, sinceWallMs }) => ({
      code,
      message,
      remedy,
      since: toTimestamp(sinceWallMs),
    })),
    stalled: toDuration(sources.stalledMs()),
    connections: sources.connections(),
    residentBytes: BigInt(sources.residentBytes()),
    secrets: secrets && secretStatus(secrets),
    sessions: sources.sessions(),
    tasks: sources.tasks(),
    crashesInARow: run.crashesInARow,
    restartNotBefore: restart === undefined ? undefined : toTimestamp(restart),
    eventSinks: sources.eventSinks().map(({ sink, delivered, failed, dropped, sampledOut }) => ({
      sink,
      delivered: BigInt(delivered),
      failed: BigInt(failed),
      dropped: BigInt(dropped),
      sampledOut: BigInt(sampledOut),
    })),
  };
}

/** Equal for two statuses between which a person would see no change; times, memory and sizes move always. */
export function outlineOf(sources: StatusSources): string {
  const { longestWaitMs: _, ...leases } = sources.leases() ?? { longestWaitMs: 0 };
  const secrets = sources.secrets();
  return JSON.stringify([
    sources.phase(),
    sources.restartNotBeforeWallMs(),
    sources.socketPath(),
    sources.configPath(),
    leases,
    sources.store()?.writable,
    secrets && secretOutline(secrets),
    sources.sessions(),
    sources.tasks(),
    sources.services(),
    sources.warnings(),
    Math.round(sources.stalledMs()),
    sources.connections(),
  ]);
}
