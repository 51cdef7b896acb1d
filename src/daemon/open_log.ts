import { join } from 'node:path';
import type { Logger } from 'pino';
import { messageOf } from '../os/errno.js';
import { createLog } from '../telemetry/log.js';
import { LogFile, standardError } from '../telemetry/log_file.js';
import type { LogLevel } from './config/config.js';
import { ExitCode, StartFailure } from './start_failure.js';

export const LOG_NAME = 'tenured.log';

export interface DaemonLog {
  readonly logger: Logger;
  close(): void;
}

/** Opens tenured.log in the state folder, or standard error. */
export function openLog(stateDir: string, level: LogLevel, foreground: boolean): DaemonLog {
  if (foreground) return { logger: createLog({ level, destination: standardError }), close: () => undefined };
  const path = join(stateDir, LOG_NAME);
  try {
    const file = new LogFile(path);
    return { logger: createLog({ level, destination: file }), close: () => file.close() };
  } catch (error) {
    throw new StartFailure(ExitCode.CANNOT_CREATE, `cannot open the log ${path}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
