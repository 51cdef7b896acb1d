/** Fields of a message, each left out or undefined for its default. */
export type Fields<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** How to make one call. */
export interface CallOptions {
  /** Aborts the call, which then throws with reason CANCELLED. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Milliseconds until the call gives up with UNREACHABLE. Default: as given
   * to `connect`; of a waiting acquire, its wait besides; of a call for which
   * the daemon runs commands, time for these besides.
   */
  readonly timeoutMs?: number | undefined;
}
