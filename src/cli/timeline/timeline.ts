/** How a lease came to its end. */
export type HoldEnd =
  | 'held'
  | 'released'
  | 'revoked'
  | 'replaced'
  | 'expired'
  | 'over max hold'
  | 'reboot'
  | 'process gone';

/** Somebody had a resource. Times are milliseconds since 1970. */
export interface Hold {
  readonly resource: string;
  readonly leaseId: string;
  readonly clientId: string;
  /** `pid 812 sync.sh`, or the client where no more is known. */
  readonly who: string;
  readonly mode: 'exclusive' | 'shared';
  readonly purpose: string;
  readonly startMs: number;
  /** Of one that is still held: now. */
  readonly endMs: number;
  /** Until then its processes kept the resource after its end; `endMs` where none did. */
  readonly drainedMs: number;
  readonly end: HoldEnd;
  readonly waitedMs: number;
}

/** Whom somebody waited for, and for how much of the wait that one had the resource. */
export interface WaitedFor {
  readonly leaseId: string;
  readonly who: string;
  readonly ms: number;
}

export interface Wait {
  readonly resource: string;
  readonly who: string;
  readonly clientId: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly outcome: 'granted' | 'timed out' | 'gave up' | 'waiting';
  /** Those that had it longest first; none where they are not in the log. */
  readonly waitedFor: readonly WaitedFor[];
}

/** A session, or a run of a task. */
export interface Run {
  readonly kind: 'session' | 'task';
  readonly id: string;
  readonly name: string;
  /** What it was about. */
  readonly about: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly outcome: string;
  readonly tone: 'good' | 'bad' | 'going' | 'other';
}

/** Something that happened to the daemon. */
export interface Mark {
  readonly atMs: number;
  readonly text: string;
}

/** What was between two moments, as far as it is known. */
export interface Timeline {
  readonly fromMs: number;
  readonly toMs: number;
  /** Now, where it reaches so far. */
  readonly nowMs: number;
  readonly holds: readonly Hold[];
  readonly waits: readonly Wait[];
  readonly runs: readonly Run[];
  readonly marks: readonly Mark[];
  /** What is not in it, and why. */
  readonly notes: readonly string[];
}
