/** How failed runs are tried again. */
export interface RetryPolicy {
  /** Attempts after the first. */
  readonly max: number;
  readonly delayMs: number;
  readonly maxDelayMs: number;
}

/** The pause before the next attempt; undefined: there is none. Doubles each time, up to the longest. */
export function retryDelay(policy: RetryPolicy, failedAttempts: number): number | undefined {
  if (failedAttempts > policy.max) return undefined;
  return Math.min(policy.maxDelayMs, policy.delayMs * 2 ** (failedAttempts - 1));
}
