/** Why a run ended as it did: the contract's words (TaskRun.reason_code). */
export type ReasonCode =
  | ''
  | 'lease-held'
  | 'backpressure'
  | 'overlap'
  | 'dependency'
  | 'shutdown'
  | 'lease-acquire-error'
  | 'lease-lost'
  | 'spawn-error'
  | 'exit-code'
  | 'signal'
  | 'exception'
  | 'timeout'
  | 'liveness'
  | 'hook-failed'
  | 'yielded';

/** In which part of a run something happened: the contract's words (TaskRun.phase). */
export type Phase =
  | 'schedule'
  | 'lease'
  | 'spawn'
  | 'child-process'
  | 'in-process'
  | 'success-hook'
  | 'watchdog-timeout'
  | 'shutdown';

/** Who had the lease that a run wanted. */
export interface HolderFacts {
  readonly leaseId: string;
  readonly resource: string;
  /** 0: not known. */
  readonly pid: number;
  readonly description: string;
  readonly clientId: string;
  readonly reason: string;
}

/** How a run, or one attempt of it, ended. */
export interface RunEnd {
  readonly status: 'completed' | 'failed' | 'skipped' | 'degraded';
  readonly reasonCode: ReasonCode;
  readonly phase: Phase;
  /** For people. */
  readonly error?: string;
  readonly exitCode?: number;
  readonly signal?: NodeJS.Signals;
  readonly holder?: HolderFacts;
  readonly blockingTask?: string;
  readonly blockingRunId?: string;
}

export type SkipCause = 'lease-held' | 'backpressure' | 'overlap' | 'dependency' | 'yielded' | 'shutdown';

export function skipped(reasonCode: SkipCause, phase: Phase, facts: Partial<RunEnd> = {}): RunEnd {
  return { ...facts, status: 'skipped', reasonCode, phase };
}

export function failed(reasonCode: ReasonCode, phase: Phase, error: string, facts: Partial<RunEnd> = {}): RunEnd {
  return { ...facts, status: 'failed', reasonCode, phase, error };
}

/** What went wrong, in a sentence; never a stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
