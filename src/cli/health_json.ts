import { DaemonPhase, type DaemonStatus, LastExit } from '@tenure/client';
import { secretsJson } from './health_secrets.js';
import { durationJson, enumWord, optional, timestampJson } from './json_values.js';

export function statusJson(status: DaemonStatus): Readonly<Record<string, unknown>> {
  return {
    version: status.version,
    pid: status.pid,
    phase: enumWord(DaemonPhase, status.phase),
    ...optional('startTime', status.startTime, timestampJson),
    ...optional('uptime', status.uptime, durationJson),
    startCount: status.startCount.toString(),
    lastExit: status.lastExit === LastExit.UNSPECIFIED ? 'none' : enumWord(LastExit, status.lastExit),
    crashesInARow: status.crashesInARow,
    ...optional('restartNotBefore', status.restartNotBefore, timestampJson),
    socketPath: status.socketPath,
    stateDir: status.stateDir,
    configPath: status.configPath,
    ...optional('store', status.store, (store) => ({
      kind: store.kind,
      revision: store.revision.toString(),
      compactedRevision: store.compactedRevision.toString(),
      freeBytes: store.freeBytes.toString(),
      commits: store.commits.toString(),
      writable: store.writable,
    })),
    ...optional('leases', status.leases, ({ longestWait, ...counts }) => ({
      ...counts,
      ...optional('longestWait', longestWait, durationJson),
    })),
    ...optional('secrets', status.secrets, secretsJson),
    ...optional('sessions', status.sessions, (counts) => ({ ...counts })),
    ...optional('tasks', status.tasks, (counts) => ({ ...counts })),
    eventSinks: status.eventSinks.map(({ sink, ...counts }) => ({
      sink,
      delivered: counts.delivered.toString(),
      failed: counts.failed.toString(),
      dropped: counts.dropped.toString(),
      sampledOut: counts.sampledOut.toString(),
    })),
    services: status.services.map(({ service, status: serving }) => ({ service, status: serving })),
    warnings: status.warnings.map(({ code, message, remedy, since }) => ({
      code,
      message,
      remedy,
      ...optional('since', since, timestampJson),
    })),
    ...optional('stalled', status.stalled, durationJson),
    connections: status.connections,
    residentBytes: status.residentBytes.toString(),
  };
}
