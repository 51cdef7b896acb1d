/** How a service that has ended is started again. */
export interface RestartPolicy {
  readonly cooldownMs: number;
  readonly maxCooldownMs: number;
  /** A life of this length is none of a series of short ones. */
  readonly stableMs: number;
}

/** How many short lives in a row a service has had, after one more. */
export function shortLives(policy: RestartPolicy, before: number, lifeMs: number): number {
  return lifeMs >= policy.stableMs ? 1 : before + 1;
}

/** The pause before its next start, after so many short lives in a row. */
export function restartCooldown(policy: RestartPolicy, lives: number): number {
  return Math.min(policy.maxCooldownMs, policy.cooldownMs * 2 ** Math.max(0, lives - 1));
}
