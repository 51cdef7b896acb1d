import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { EventSinkCounts } from '../health/status.js';
import type { WarningRegistry } from '../health/warning_registry.js';
import type { Clock } from '../os/clock.js';
import { Webhooks } from '../session/hooks/webhook.js';
import { sendPost } from '../session/hooks/webhook_post.js';
import { type DeliveryCounts, DeliveryQueue } from '../telemetry/delivery_queue.js';
import { EventBus, type NamedSink } from '../telemetry/event_bus.js';
import type { EventSink, TenureEvent } from '../telemetry/events.js';
import { runEventCommand } from '../telemetry/exec_delivery.js';
import { findOnPath } from '../telemetry/find_on_path.js';
import { createLogSink } from '../telemetry/log_sink.js';
import { redactFields } from '../telemetry/redaction.js';
import type { Config } from './config/config.js';

/** A command that takes longer for one event does not keep up with any. */
const COMMAND_LIMIT_MS = 10_000;
/** What the last events may take when the daemon stops. */
const LAST_EVENTS_MS = 1_000;
/** A receiver that is away for longer misses events. */
const WEBHOOK_LIMITS = { tries: 3, tryMs: 10_000, limitMs: 30_000 } as const;

export interface EventSinkParts {
  readonly log: Logger;
  readonly config: Config['events'];
  readonly environment: NodeJS.ProcessEnv;
  readonly warnings: WarningRegistry;
  readonly clock: Clock;
  /** Sinks that are there already, such as the audit log. */
  readonly sinks: readonly NamedSink[];
  /** Signs webhooks; undefined: they go unsigned. */
  readonly webhookSecret: () => Promise<Uint8Array | undefined>;
}

export interface EventSinks {
  readonly events: EventSink;
  /** What became of the events of each sink that may be slow. */
  counts(): readonly EventSinkCounts[];
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

/** Sends events to the log, to the sinks that are there and, where they are configured, to a command and a web address. */
export function openEventSinks(parts: EventSinkParts): EventSinks {
  const { log, sinks } = parts;
  const onFault = (name: string, error: unknown): void => log.error({ err: error, sink: name }, 'an event sink failed');
  const slow = [openCommand(parts), openWebhook(parts)].filter((sink) => sink !== undefined);
  const events = new EventBus([{ name: 'log', sink: createLogSink(log) }, ...sinks, ...slow], onFault);
  return {
    events,
    counts: () => slow.map(({ name, counts }) => ({ sink: name, ...counts() })),
    close: async () => {
      await Promise.all(slow.map(({ close }) => close()));
    },
  };
}

interface SlowSink extends NamedSink {
  readonly counts: () => DeliveryCounts;
  readonly close: () => Promise<void>;
}

function openCommand({ config, environment, warnings }: EventSinkParts): SlowSink | undefined {
  const command = eventCommand(config.exec, (name) => findOnPath(name, environment['PATH']));
  if (command === undefined) return undefined;
  const queue = new DeliveryQueue({
    deliver: (event, signal) => runEventCommand({ command, environment, timeLimitMs: COMMAND_LIMIT_MS }, event, signal),
    onOff: (reason) => {
      warnings.raise('event-command-off', {
        message: `events no longer go to the command: ${reason}`,
        remedy: 'mend the command, or the key events.exec; it is tried again each minute',
      });
    },
    onBack: () => warnings.clear('event-command-off'),
  });
  return { name: 'exec', sink: queue, counts: () => queue.counts, close: () => queue.close(LAST_EVENTS_MS) };
}

function openWebhook({ config, warnings, clock, webhookSecret }: EventSinkParts): SlowSink | undefined {
  const { webhook: url } = config;
  if (url === undefined) return undefined;
  const webhooks = new Webhooks({ post: sendPost, secret: webhookSecret, clock });
  const queue = new DeliveryQueue({
    deliver: async (event, signal) => {
      const order = { url, delivery: randomUUID(), body: JSON.stringify(documentOf(event, clock)), ...WEBHOOK_LIMITS };
      const { success, detail } = await webhooks.deliver(order, signal);
      return success ? undefined : detail;
    },
    onOff: (reason) => {
      warnings.raise('event-webhook-off', {
        message: `events no longer go to the webhook: ${reason}`,
        remedy: 'see to its receiver, or the key events.webhook; it is tried again each minute',
      });
    },
    onBack: () => warnings.clear('event-webhook-off'),
  });
  const sink: EventSink = {
    emit: (event) => {
      if (event.level !== 'debug') queue.emit(event);
    },
  };
  return { name: 'webhook', sink, counts: () => queue.counts, close: () => queue.close(LAST_EVENTS_MS) };
}

function documentOf({ action, level, success, actor, metadata }: TenureEvent, clock: Clock): object {
  const time = new Date(clock.wallMs()).toISOString();
  return { type: action, time, level, success, actor, metadata: redactFields(metadata) };
}
