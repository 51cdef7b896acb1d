import type { Usage } from './agent_program.js';

export const NO_USAGE: Usage = { inputTokens: 0, outputTokens: 0, costUsd: undefined };

/** A cost that only one of both knows is the cost as far as it is known. */
export function addUsage(a: Usage, b: Usage): Usage {
  const costUsd = a.costUsd === undefined && b.costUsd === undefined ? undefined : (a.costUsd ?? 0) + (b.costUsd ?? 0);
  return { inputTokens: a.inputTokens + b.inputTokens, outputTokens: a.outputTokens + b.outputTokens, costUsd };
}

/** Nothing used is the same as nothing known. */
export function usageOf(count: Usage | undefined): Usage | undefined {
  const isNothing = count === undefined || (count.inputTokens === 0 && count.outputTokens === 0 && !count.costUsd);
  return isNothing ? undefined : count;
}
