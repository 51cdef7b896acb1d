import type { WarningRegistry } from '../health/warning_registry.js';

const CODE = 'schedule-not-kept';

/** Warns of schedules that did not launch what was due, by agent. */
export function tellScheduleTroubles(warnings: WarningRegistry, troubles: ReadonlyMap<string, string>): void {
  const agents = [...troubles.keys()];
  if (agents.length === 0) {
    warnings.clear(CODE);
    return;
  }
  warnings.raise(CODE, {
    message: [...troubles].map(([agent, text]) => `agent '${agent}' was not launched: ${text}`).join('\n'),
    remedy: `it is not made up for: launch it by hand (${agents.map((agent) => `tenure agent run ${agent}`).join(', ')}), or let it be; the next launch in time ends this`,
  });
}
