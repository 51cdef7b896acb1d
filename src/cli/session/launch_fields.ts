import { type LaunchSessionFields, LEASES_VARIABLE, parseInheritTokens } from '@tenure/client';
import { type LimitOptions, limitsOf } from './limit_options.js';

/** What may be said of any launch. */
export interface CommonOptions extends LimitOptions {
  readonly group?: string;
  readonly label?: ReadonlyMap<string, string>;
  readonly onComplete?: string;
  readonly webhook?: string;
}

export function commonFields(options: CommonOptions): LaunchSessionFields {
  return {
    limits: limitsOf(options),
    group: options.group,
    labels: options.label === undefined ? undefined : new Map(options.label),
    inheritTokens: parseInheritTokens(process.env[LEASES_VARIABLE]),
    onComplete: options.onComplete,
    webhook: options.webhook,
  };
}
