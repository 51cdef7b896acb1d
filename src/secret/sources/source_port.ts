/** Why a source gave no value; `cause` of SOURCE_FAILED. */
export type SourceCause = 'missing' | 'unreadable' | 'failed' | 'timeout' | 'too-large' | 'empty';

export interface SourceFault {
  readonly cause: SourceCause;
  /** What is wrong and what to do, in words that follow the source's text. Nothing that the source gave. */
  readonly problem: string;
}

/** The bytes that a source gave, or why it gave none. */
export type SourceAnswer = Uint8Array | SourceFault;

/** The terms on which a source is asked. */
export interface SourceTerms {
  /** Aborted at the time limit, too: the source then answers soon, and it does not matter what. */
  readonly signal: AbortSignal;
  readonly timeLimitMs: number;
}
