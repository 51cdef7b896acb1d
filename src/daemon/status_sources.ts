import type { PhaseHolder } from '../health/phase.js';
import type { EventSinkCounts, RunFacts, StatusSources } from '../health/status.js';
import type { WarningRegistry } from '../health/warning_registry.js';
import type { Leases } from '../lease/create_leases.js';
import type { RpcServer } from '../rpc/server.js';
import type { ServingRegistry } from '../rpc/serving_registry.js';
import type { Secrets } from '../secret/create_secrets.js';
import type { Sessions } from '../session/create_sessions.js';
import type { Store } from '../store/port.js';
import type { Tasks } from '../task/create_tasks.js';
import type { LiveConfig } from './config/live_config.js';
import type { RunRecord } from './run_record.js';

export interface StatusParts {
  readonly facts: RunFacts;
  readonly record: Pick<RunRecord, 'restartNotBefore'>;
  readonly phase: PhaseHolder;
  readonly live: LiveConfig;
  readonly leases: Leases;
  readonly store: Store;
  readonly secrets: Pick<Secrets, 'numbers'>;
  readonly sessions: Pick<Sessions, 'numbers'>;
  readonly tasks: Pick<Tasks, 'numbers'>;
  readonly eventCounts: () => readonly EventSinkCounts[];
  readonly registry: ServingRegistry;
  readonly warnings: WarningRegistry;
  readonly rpc: RpcServer;
  readonly socketPath: () => string;
}

/** Answers health's questions from the parts of this daemon. */
export function statusSources(parts: StatusParts): StatusSources {
  const { facts, record, phase, live, leases, store, secrets, sessions, tasks, registry, warnings, rpc, socketPath } =
    parts;
  return {
    run: facts,
    phase: () => phase.current,
    restartNotBeforeWallMs: () => (record.restartNotBefore === '' ? undefined : Date.parse(record.restartNotBefore)),
    socketPath,
    configPath: () => live.path,
    leases: () => leases.numbers(),
    store: () => {
      const { revision, compactedRevision, commits } = leases.numbers();
      return { kind: store.kind, revision, compactedRevision, commits, ...store.room() };
    },
    secrets: () => secrets.numbers(),
    sessions: () => sessions.numbers(),
    tasks: () => tasks.numbers(),
    eventSinks: parts.eventCounts,
    services: () =>
      [...registry.all()]
        // The empty name is the daemon as a whole, which the phase tells.
        .filter(([service]) => service !== '')
        .map(([service, serving]) => ({ service, serving })),
    warnings: () => warnings.list(),
    stalledMs: () => leases.numbers().stalledMs,
    connections: () => rpc.connectionCount,
    residentBytes: () => process.memoryUsage.rss(),
  };
}
