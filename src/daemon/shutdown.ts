import type { PhaseHolder } from '../health/phase.js';
import type { ServingRegistry } from '../rpc/serving_registry.js';
import type { EventSink } from '../telemetry/events.js';
import type { Closers } from './closers.js';
import type { RunRecord } from './run_record.js';
import { ExitCode } from './start_failure.js';

/** A part that does not close must not keep the daemon, and its lock, for ever. */
const LONGEST_MS = 15_000;

export type StopReason =
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals }
  | { readonly kind: 'store-failed'; readonly message: string };

export interface ShutdownParts {
  readonly phase: PhaseHolder;
  readonly registry: ServingRegistry;
  readonly record: RunRecord;
  readonly events: EventSink;
  readonly closers: Closers;
}

/** Ends the daemon in order, once, whoever asks and however often. */
export class Shutdown {
  readonly #parts: ShutdownParts;
  readonly ended: Promise<ExitCode>;
  #resolve: (code: ExitCode) => void = () => undefined;
  #begun = false;

  constructor(parts: ShutdownParts) {
    this.#parts = parts;
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** Answers whether this call began it. */
  begin(reason: StopReason): boolean {
    if (this.#begun) return false;
    this.#begun = true;
    void this.#run(reason);
    return true;
  }

  async #run(reason: StopReason): Promise<void> {
    const { phase, registry, record, events, closers } = this.#parts;
    const failed = reason.kind === 'store-failed';
    if (failed) record.fail();
    events.emit({
      action: 'daemon.stopped',
      level: failed ? 'error' : 'info',
      success: !failed,
      metadata: failed ? { reason: reason.message } : { signal: reason.signal },
    });
    phase.advance('draining');
    registry.setAll(false);
    // Watchers of health and status write what they were just told before their streams end.
    await new Promise((resolve) => setImmediate(resolve));
    const tooLong = setTimeout(() => this.#resolve(ExitCode.INTERNAL), LONGEST_MS);
    await closers.closeAll();
    clearTimeout(tooLong);
    this.#resolve(failed ? ExitCode.STORE_FAILED : ExitCode.CLEAN);
  }
}
