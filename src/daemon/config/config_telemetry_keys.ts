import { z } from 'zod';
import type { MetricsPlace } from '../../opentelemetry/settings_rules.js';
import { DEFAULT_CONFIG } from './config.js';
import { choice, flagOn, notes, webAddress } from './config_keys.js';

const { telemetry } = DEFAULT_CONFIG;
/** What a Unix socket's path may have. */
const MAX_PATH_BYTES = 107;
const METRICS_PLACE =
  'expected a port of this machine alone such as 127.0.0.1:9464, or the absolute path of a socket; ' +
  'other machines reach it through a proxy that asks who they are';
const LOOPBACK = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\]):(\d{1,5})$/;

/** Where metrics are served. Undefined: not on this machine alone, or no place at all. */
export function readMetricsPlace(text: string): MetricsPlace | undefined {
  if (text.startsWith('/')) return Buffer.byteLength(text) > MAX_PATH_BYTES ? undefined : { kind: 'unix', path: text };
  const [, host, digits] = LOOPBACK.exec(text) ?? [];
  const port = Number(digits);
  if (host === undefined || port < 1 || port > 65_535) return undefined;
  return { kind: 'tcp', host: host.replace(/^\[|\]$/g, ''), port };
}

/** The group `telemetry`. */
export const telemetryKeys = z
  .strictObject({
    endpoint: webAddress(
      'Of an OTLP collector, such as http://localhost:4318. Turns traces, metrics and log records of the daemon on. ' +
        'The standard variables (OTEL_*) come first.',
      'off, unless OTEL_* says otherwise',
    ).optional(),
    protocol: choice(['http/protobuf', 'http/json', 'grpc'], {
      default: telemetry.protocol,
      text: 'How the collector is spoken to.',
    }).optional(),
    traces: flagOn('Whether traces go to the collector.'),
    metrics: flagOn('Whether metrics go to the collector.'),
    logs: flagOn('Whether events go to the collector, as log records.'),
    sampling: z
      .number()
      .min(0)
      .max(1)
      .register(notes, {
        type: 'number from 0 to 1',
        default: String(telemetry.sampling),
        text: 'Share of the traces that begin in the daemon and are kept; a trace that a client began is kept where the client keeps it.',
      })
      .optional(),
    serviceName: z
      .string()
      .min(1)
      .max(256)
      .register(notes, { type: 'name', default: telemetry.serviceName, text: 'Name of the daemon in all of it.' })
      .optional(),
  })
  .optional();

/** The group `metrics`. */
export const metricsKeys = z
  .strictObject({
    listen: z
      .string({ error: METRICS_PLACE })
      .transform((text, context): MetricsPlace => {
        const place = readMetricsPlace(text);
        if (place !== undefined) return place;
        context.addIssue({ code: 'custom', message: METRICS_PLACE });
        return z.NEVER;
      })
      .register(notes, {
        type: 'loopback host:port, or absolute path of a socket',
        default: 'nowhere',
        text: 'Where Prometheus finds the metrics, at /metrics.',
      })
      .optional(),
  })
  .optional();

/** The group `events`. */
export const eventKeys = z
  .strictObject({
    exec: z
      .union([z.enum(['on', 'off']), z.array(z.string().min(1)).min(1)], {
        error: 'expected on, off, or a command as a list such as [joelclaw, otel, emit]',
      })
      .register(notes, {
        type: 'on, off, or a list: a command and its arguments',
        default: 'on',
        text:
          'Command that gets events. `on`: `joelclaw otel emit`, where joelclaw is on PATH. In a list, {action}, ' +
          '{component}, {level}, {success} and {metadata} stand for those of the event; without any, all follow as options.',
      })
      .optional(),
    webhook: webAddress(
      'Address that gets events but those of level debug, signed as webhooks of sessions are.',
      'none',
    ).optional(),
  })
  .optional();
