import type { WarningRegistry } from '../health/warning_registry.js';
import type { EventSink } from '../telemetry/events.js';
import { MANY_CRASHES } from './crash_rules.js';
import type { DaemonRecord, LastExit } from './daemon_record.js';
import type { RunRecord } from './run_record.js';

/** Stands until the run has settled. */
export const CRASHES_WARNING = 'daemon-crashes';

export interface Announcement {
  readonly record: RunRecord;
  readonly previous: DaemonRecord | undefined;
  readonly lastExit: LastExit;
  readonly socketPath: string;
  readonly replacedStale: boolean;
  readonly version: string;
  readonly logPath: string;
  readonly warnings: WarningRegistry;
  readonly events: EventSink;
}

/** Tells of the start, and of what the run before left behind. */
export function announceStart(start: Announcement): void {
  const { record, previous, lastExit, socketPath, replacedStale, version, events } = start;
  events.emit({
    action: 'daemon.started',
    level: 'info',
    success: true,
    metadata: { version, socketPath, startCount: record.startCount, lastExit },
  });
  if (lastExit === 'crashed' || replacedStale) {
    events.emit({
      action: 'daemon.crash_recovered',
      level: 'warn',
      success: true,
      metadata: {
        lastExit,
        replacedStaleSocket: replacedStale,
        crashesInARow: record.crashesInARow,
        ...(previous === undefined ? {} : { previousPid: previous.pid }),
      },
    });
  }
  if (record.crashesInARow < MANY_CRASHES) return;
  start.warnings.raise(CRASHES_WARNING, {
    message: `the daemon has crashed ${record.crashesInARow} times in a row, each time soon after its start`,
    remedy: `see ${start.logPath}, 'tenure doctor', and the kernel's log for processes killed for lack of memory`,
  });
}
