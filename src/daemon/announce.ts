import type { WarningRegistry } from '../health/warning_registry.js';
import type { EventSink } from '../telemetry/events.js';
import type { DaemonRecord, LastExit } from './daemon_record.js';
import type { RunRecord } from './run_record.js';

/** Crashes in a row that are no accident any more. */
const MANY_CRASHES = 3;

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
  start.warnings.raise('daemon-crashes', {
    message: `the daemon has crashed ${record.crashesInARow} times in a row`,
    remedy: `see ${start.logPath}, and the kernel's log for processes killed for lack of memory`,
  });
}
