import type { Logger } from 'pino';
import type { EventSink } from './events.js';

/** Events as lines of the log. */
export function createLogSink(log: Logger): EventSink {
  return {
    emit({ action, level, success, metadata }) {
      log[level]({ event: action, success, metadata }, action);
    },
  };
}
