import { Refusal } from '../rpc/refusal.js';

/** Whether secrets are lent. Several may hold it closed, each for its own reason; it is open once all have let go. */
export class Seal {
  readonly #holds = new Map<symbol, string>();
  readonly #listeners = new Set<() => void>();

  /** Closes it at once. What is answered lets go again; calling that twice is harmless. */
  close(reason: string): () => void {
    const hold = Symbol(reason);
    this.#change(() => this.#holds.set(hold, reason));
    return () => this.#change(() => this.#holds.delete(hold));
  }

  /** Why no secret is lent now, oldest reason first; empty where they are. */
  get reason(): string {
    return [...new Set(this.#holds.values())].join('; ');
  }

  /** Throws a Refusal where it is closed. */
  check(): void {
    const { reason } = this;
    if (reason === '') return;
    throw new Refusal(
      'SECRETS_SEALED',
      `no secret is lent now: ${reason}; try again once tenure health says otherwise`,
    );
  }

  /** Hears of every change of the reason. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #change(change: () => void): void {
    const before = this.reason;
    change();
    if (this.reason === before) return;
    for (const listener of [...this.#listeners]) listener();
  }
}
