import type { WarningRegistry } from '../health/warning_registry.js';

const CODE = 'schedule-not-kept';

/** Warns of schedules that did not launch what was due, by agent. */
export function tellScheduleTroubles(warnings: WarningRegistry, troubles: ReadonlyMap<string, string>): void {
  const [first] = troubles.keys();
  if (first === undefined) {
    warnings.clear(CODE);
    return;
  }
  warnings.raise(CODE, {
    message: [...troubles].map(([agent, text]) => `agent '${agent}' was not launched: ${text}`).join('; '),
    remedy: `it is not made up for: launch it by hand (tenure agent run ${first}), or let it be; its next launch in time ends this`,
  });
}
