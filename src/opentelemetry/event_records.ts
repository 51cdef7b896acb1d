import { ROOT_CONTEXT } from '@opentelemetry/api';
import { type AnyValueMap, type Logger, SeverityNumber } from '@opentelemetry/api-logs';
import type { EventSink, TenureEvent } from '../telemetry/events.js';
import { redactFields } from '../telemetry/redaction.js';
import { liveContext } from './trace_context.js';

const SEVERITIES: Readonly<Record<TenureEvent['level'], SeverityNumber>> = {
  debug: SeverityNumber.DEBUG,
  info: SeverityNumber.INFO,
  warn: SeverityNumber.WARN,
  error: SeverityNumber.ERROR,
};

/** Fields that spans have under these names, too. */
const SHARED_NAMES: Readonly<Record<string, string>> = {
  resource: 'tenure.resource',
  clientId: 'tenure.client_id',
  leaseId: 'tenure.lease_id',
  sessionId: 'tenure.session_id',
};

/**
 * Makes each event a log record with its name, in the trace in which it happened.
 *
 * @param keepsAll whether all traces are kept; else details outside of one are not, either.
 */
export function createEventRecords(logger: Logger, keepsAll: boolean): EventSink {
  return {
    emit({ action, level, success, actor, metadata }) {
      const trace = liveContext();
      // Details are as many as calls are, and go the way of their traces.
      if (level === 'debug' && trace === undefined && !keepsAll) return;
      const attributes: AnyValueMap = { 'tenure.success': success };
      for (const [field, value] of Object.entries(redactFields(metadata))) {
        if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') continue;
        attributes[SHARED_NAMES[field] ?? `tenure.${snakeCase(field)}`] = value;
      }
      if (actor !== undefined) {
        attributes['tenure.actor.uid'] = actor.uid;
        attributes['tenure.actor.program'] = actor.executable;
        if (actor.pid !== undefined) attributes['tenure.actor.pid'] = actor.pid;
      }
      logger.emit({
        eventName: action,
        severityNumber: SEVERITIES[level],
        severityText: level.toUpperCase(),
        attributes,
        context: trace ?? ROOT_CONTEXT,
      });
    },
  };
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
