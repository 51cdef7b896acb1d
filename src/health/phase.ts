/** Where the daemon is in its life; it goes forward only. */
export type Phase = 'starting' | 'serving' | 'draining';

const ORDER: Readonly<Record<Phase, number>> = { starting: 0, serving: 1, draining: 2 };

/** The daemon's phase, and who wants to know of its changes. */
export class PhaseHolder {
  #phase: Phase = 'starting';
  readonly #listeners = new Set<() => void>();

  get current(): Phase {
    return this.#phase;
  }

  /** A daemon that drains does not serve again: a step back is ignored. */
  advance(phase: Phase): void {
    if (ORDER[phase] <= ORDER[this.#phase]) return;
    this.#phase = phase;
    for (const listener of [...this.#listeners]) listener();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
