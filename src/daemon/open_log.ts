import { join } from 'node:path';
import { pino } from 'pino';
import type { LogLevel } from './config.js';

/** The daemon's own log. */
export interface DaemonLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  setLevel(level: LogLevel): void;
  /** Writes out what is buffered. */
  close(): void;
}

/** Opens tenured.log in the state folder, or standard error. */
export function openLog(stateDir: string, level: LogLevel, foreground: boolean): DaemonLog {
  const dest = foreground ? 2 : join(stateDir, 'tenured.log');
  const destination = pino.destination({ dest, sync: true, mode: 0o600 });
  const logger = pino({ level, base: { pid: process.pid } }, destination);
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    setLevel: (next) => {
      logger.level = next;
    },
    close: () => destination.flushSync(),
  };
}
