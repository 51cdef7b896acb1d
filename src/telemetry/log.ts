import { type Bindings, type ChildLoggerOptions, type Logger, pino, stdTimeFunctions } from 'pino';
import type { LogDestination } from './log_file.js';
import { redactFields, redactText } from './redaction.js';

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly destination: LogDestination;
}

/** A log of JSON lines without tokens or secrets, whatever it is given. */
export function createLog({ level, destination }: LogOptions): Logger {
  const log = pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: redactFields,
      },
      // By then an error is a copy, made by redactFields.
      serializers: { err: (error: unknown) => error },
    },
    // What redactFields does not see: the message.
    { write: (line: string) => destination.write(redactText(line)) },
  );
  // No formatter of pino's sees what a child is made with. Children inherit this.
  const { child } = log;
  Object.defineProperty(log, 'child', {
    value(this: Logger, fields: Bindings, options?: ChildLoggerOptions): unknown {
      return Reflect.apply(child, this, [redactFields(fields), options]);
    },
  });
  return log;
}
