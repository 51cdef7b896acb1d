import type { Logger } from 'pino';
import type { WarningRegistry } from '../health/warning_registry.js';
import { EventBus } from '../telemetry/event_bus.js';
import type { EventSink } from '../telemetry/events.js';
import { ExecSink } from '../telemetry/exec_sink.js';
import { findOnPath } from '../telemetry/find_on_path.js';
import { createLogSink } from '../telemetry/log_sink.js';
import type { Config } from './config.js';

/** A command that takes longer for one event does not keep up with any. */
const COMMAND_LIMIT_MS = 10_000;
/** What the last events may take when the daemon stops. */
const LAST_EVENTS_MS = 1_000;

export interface EventSinks {
  readonly events: EventSink;
  close(): Promise<void>;
}

/** The command that gets events; undefined where there is none. */
export function eventCommand(
  exec: Config['events']['exec'],
  findCommand: (name: string) => string | undefined,
): readonly [string, ...string[]] | undefined {
  switch (exec) {
    case 'off':
      return undefined;
    case 'on': {
      const joelclaw = findCommand('joelclaw');
      return joelclaw === undefined ? undefined : [joelclaw, 'otel', 'emit'];
    }
    default: {
      const [command, ...args] = exec;
      return command === undefined ? undefined : [command, ...args];
    }
  }
}

/** Sends events to the log, to the audit log and, where one is configured, to a command. */
export function openEventSinks(
  log: Logger,
  audit: EventSink,
  exec: Config['events']['exec'],
  environment: NodeJS.ProcessEnv,
  warnings: WarningRegistry,
): EventSinks {
  const sinks = [
    { name: 'log', sink: createLogSink(log) },
    { name: 'audit', sink: audit },
  ];
  const onFault = (name: string, error: unknown): void => log.error({ err: error, sink: name }, 'an event sink failed');
  const command = eventCommand(exec, (name) => findOnPath(name, environment['PATH']));
  if (command === undefined) return { events: new EventBus(sinks, onFault), close: async () => undefined };
  const execSink = new ExecSink({
    command,
    environment,
    timeLimitMs: COMMAND_LIMIT_MS,
    onGivenUp: (reason) => {
      warnings.raise('event-command-off', {
        message: `events no longer go to the command: ${reason}`,
        remedy: 'mend the command or the key events.exec, and restart the daemon',
      });
    },
  });
  const events = new EventBus([...sinks, { name: 'exec', sink: execSink }], onFault);
  return { events, close: () => execSink.close(LAST_EVENTS_MS) };
}
