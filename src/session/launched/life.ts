import type { ProcessIdentity } from '../../os/process_identity.js';
import type { ProcessWatch } from '../../os/process_watch.js';
import type { ShimExit } from '../shim/shim_exit.js';
import type { MainEnd } from './outcome_rules.js';
import type { LaunchRecord } from './record.js';

/** The shim writes the exit down within milliseconds; a starved machine takes longer, a full disk for ever. */
const LOOK_AGAIN_MS = 20;
const LONGEST_PAUSE_MS = 1_000;

export interface LifeParts {
  readonly processWatch: Pick<ProcessWatch, 'onExit' | 'isAlive'>;
  /** What the shim wrote down. */
  readonly readExit: () => Promise<ShimExit | undefined>;
  /** Called once: how the main process ended, and when, where that is known. */
  readonly onEnd: (end: MainEnd, wallMs: number | undefined) => void;
  readonly onFault: (error: unknown) => void;
}

/**
 * Watches a launched session's main process until it is known how it ended.
 * It is over with the main process, whatever that has left running; while the
 * shim lives its word is waited for, and without shim and word nobody knows.
 */
export class SessionLife {
  readonly #parts: LifeParts;
  readonly #shim: ProcessIdentity;
  readonly #main: ProcessIdentity;
  #stopWatching: () => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;
  #pauseMs = LOOK_AGAIN_MS;
  #closed = false;

  constructor({ shim, main }: Pick<LaunchRecord, 'shim' | 'main'>, parts: LifeParts) {
    this.#parts = parts;
    this.#shim = shim;
    this.#main = main;
  }

  /** Also for a session of a run before, whose end may have come meanwhile. */
  start(): void {
    this.#stopWatching = this.#parts.processWatch.onExit(this.#main, () => this.#look());
  }

  close(): void {
    this.#closed = true;
    this.#stopWatching();
    clearTimeout(this.#timer);
  }

  #look(): void {
    this.#lookOnce().catch((error: unknown) => {
      this.#parts.onFault(error);
      // Whatever kept us from reading it, the end is not lost.
      this.#pauseMs = LONGEST_PAUSE_MS;
      this.#lookLater();
    });
  }

  async #lookOnce(): Promise<void> {
    // Asked before the file is read: a shim that is gone by then has written all that it ever will.
    const shimLives = this.#parts.processWatch.isAlive(this.#shim);
    const exit = await this.#parts.readExit();
    if (this.#closed) return;
    if (exit !== undefined) this.#end(mainEndOf(exit), exit.endWallMs);
    else if (!shimLives) this.#end({ kind: 'unknown' }, undefined);
    else this.#lookLater();
  }

  #lookLater(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => this.#look(), this.#pauseMs);
    this.#pauseMs = Math.min(2 * this.#pauseMs, LONGEST_PAUSE_MS);
  }

  #end(end: MainEnd, wallMs: number | undefined): void {
    this.close();
    this.#parts.onEnd(end, wallMs);
  }
}

function mainEndOf(exit: ShimExit): MainEnd {
  switch (exit.kind) {
    case 'code':
      return { kind: 'code', code: exit.code };
    case 'signal':
      return { kind: 'signal', signal: exit.signal };
    case 'not-started':
      return { kind: 'not-started', why: exit.why };
  }
}
