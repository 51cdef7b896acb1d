import type { ProcessIdentity } from '../os/process_identity.js';
import { keyOf } from './stopping.js';

/** Who has waited for a child takes a moment to end after it, on a starved machine too. */
const PATIENCE_MS = 1_000;

/**
 * Of processes that are to end, those that wait for others of them: they end
 * by themselves, and as these did. Rootless podman waits for another of itself,
 * and asked to end it says that all went well, whatever becomes of that one.
 */
export class WaitingProcesses {
  readonly #parentOf: (pid: number) => number | undefined;
  /** When each was last seen to wait. */
  readonly #seenMs = new Map<string, number>();

  constructor(parentOf: (pid: number) => number | undefined) {
    this.#parentOf = parentOf;
  }

  /** All but those that wait, or did so a moment ago. */
  without(living: readonly ProcessIdentity[], nowMs: number): readonly ProcessIdentity[] {
    const parents = new Set(living.map(({ pid }) => this.#parentOf(pid)));
    for (const one of living) if (parents.has(one.pid)) this.#seenMs.set(keyOf(one), nowMs);
    return living.filter((one) => nowMs - (this.#seenMs.get(keyOf(one)) ?? Number.NEGATIVE_INFINITY) >= PATIENCE_MS);
  }
}
