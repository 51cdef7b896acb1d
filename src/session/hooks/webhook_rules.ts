const SECOND_MS = 1_000;
const LONGEST_WAIT_MS = 300_000;

/** How one try went. */
export type PostResult =
  | { readonly kind: 'answered'; readonly status: number }
  /** `how` is a sentence's end: `could not be reached: ECONNREFUSED`. */
  | { readonly kind: 'failed'; readonly how: string };

/** 1 s, 5 s, 25 s, 125 s and then 5 minutes: how long to wait after so many tries. */
export function waitAfterMs(tries: number): number {
  return Math.min(LONGEST_WAIT_MS, SECOND_MS * 5 ** (tries - 1));
}

export function isDelivered(result: PostResult): boolean {
  return result.kind === 'answered' && result.status >= 200 && result.status < 300;
}

/** Whether the next try may go better. What the receiver does not want as it is, it will not want again. */
export function isWorthAnotherTry(result: PostResult): boolean {
  return result.kind === 'failed' || result.status >= 500 || result.status === 429;
}

export function detailOf(result: PostResult): string {
  return result.kind === 'answered' ? `HTTP ${result.status}` : result.how;
}
