/** A dying process lets go of its sockets a little before it can be seen as dead. In milliseconds. */
const LOOKS_MS = [0, 2, 5, 10, 20, 40];

/** After a client's stream has ended, looks a few times in close order whether the client is dead. */
export class DeathLooks {
  readonly #look: () => void;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(look: () => void) {
    this.#look = look;
  }

  start(): void {
    for (const delay of LOOKS_MS) {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        this.#look();
      }, delay);
      this.#timers.add(timer);
    }
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
