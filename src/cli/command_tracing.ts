import type { CommandTrace } from '../opentelemetry/command_trace.js';

let current: CommandTrace | undefined;

/** Once, before the command runs. */
export function setCommandTrace(trace: CommandTrace): void {
  current = trace;
}

/** The trace of this process's command; undefined where OpenTelemetry is off. */
export function commandTrace(): CommandTrace | undefined {
  return current;
}
