/** How a heartbeat stands. Never changed in place. */
export interface HeartbeatState {
  /** In a row. */
  readonly failures: number;
  /** Empty while it answers. */
  readonly lastFailure: string;
  /** Undefined: not in this run. */
  readonly lastSuccessWallMs: number | undefined;
  /** Undefined: not in this run. */
  readonly triggeredWallMs: number | undefined;
  /** The kill switch was pulled, and nothing has answered since. */
  readonly pulled: boolean;
}

export const UNTRIED: HeartbeatState = {
  failures: 0,
  lastFailure: '',
  lastSuccessWallMs: undefined,
  triggeredWallMs: undefined,
  pulled: false,
};

/** What an answer, or its absence, asks for. */
export type HeartbeatStep = 'none' | 'recovered' | 'failed' | 'pull';

/** What is wrong with a status code; empty where nothing is. A redirect is no answer: it may lead anywhere. */
export function faultOfStatus(code: number): string {
  return code >= 200 && code <= 299 ? '' : `answered with status ${code}`;
}

/** Takes in one question's outcome; an empty failure is a good answer. `allowed` failures in a row pull the switch once. */
export function afterQuestion(
  before: HeartbeatState,
  failure: string,
  allowed: number,
  nowWallMs: number,
): { readonly state: HeartbeatState; readonly step: HeartbeatStep } {
  if (failure === '') {
    return {
      state: { ...before, failures: 0, lastFailure: '', lastSuccessWallMs: nowWallMs, pulled: false },
      step: before.failures > 0 || before.pulled ? 'recovered' : 'none',
    };
  }
  const failed: HeartbeatState = { ...before, failures: before.failures + 1, lastFailure: failure };
  if (failed.pulled || failed.failures < allowed) return { state: failed, step: 'failed' };
  return { state: { ...failed, pulled: true, triggeredWallMs: nowWallMs }, step: 'pull' };
}

/** Another address is asked from now on. A switch that was pulled is armed again by a good answer only. */
export function atNewAddress({ triggeredWallMs, pulled }: HeartbeatState): HeartbeatState {
  return { ...UNTRIED, triggeredWallMs, pulled };
}

/** Where a web address leads, without user, password, query and fragment. */
export function shownUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}
