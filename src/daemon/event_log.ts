import type { EventSink } from '../telemetry/events.js';
import type { DaemonLog } from './open_log.js';

/** Writes events to the daemon's log. */
export function eventLog(log: DaemonLog): EventSink {
  return {
    emit: ({ action, level, success, metadata }) => log[level]({ event: action, success, ...metadata }, action),
  };
}
