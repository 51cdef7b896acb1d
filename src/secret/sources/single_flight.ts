import { abortable } from './abortable.js';

interface Flight<T> {
  readonly controller: AbortController;
  readonly result: Promise<T>;
  passengers: number;
}

/** Makes one call of many that want the same at the same time. Keeps nothing once it has its result. */
export class SingleFlight<T> {
  /** What later calls share. */
  readonly #open = new Map<string, Flight<T>>();
  /** All that have not landed, also those that nobody can board any more. */
  readonly #flying = new Set<Flight<T>>();
  #closed: AbortSignal | undefined;

  /**
   * Shares the flight under this key, or starts one. The caller's signal lets
   * the caller go, with its reason; the flight's own is aborted once nobody
   * waits for it.
   */
  async join(
    key: string,
    start: (controller: AbortController) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    this.#closed?.throwIfAborted();
    signal?.throwIfAborted();
    const flight = this.#open.get(key) ?? this.#start(key, start);
    flight.passengers += 1;
    try {
      return await abortable(flight.result, signal);
    } finally {
      flight.passengers -= 1;
      // Where it has landed, and where it is no longer wanted.
      if (flight.passengers === 0) {
        if (this.#open.get(key) === flight) this.#open.delete(key);
        flight.controller.abort();
      }
    }
  }

  /** Calls from now on start a flight of their own. */
  forget(key: string): void {
    this.#open.delete(key);
  }

  /** Aborts all flights with this reason, refuses new ones, and waits until all have landed. */
  async close(reason: Error): Promise<void> {
    this.#closed = AbortSignal.abort(reason);
    const flying = [...this.#flying];
    for (const { controller } of flying) controller.abort(reason);
    // Who waits for a flight hears of its end.
    await Promise.allSettled(flying.map(({ result }) => result));
  }

  #start(key: string, start: (controller: AbortController) => Promise<T>): Flight<T> {
    const controller = new AbortController();
    const result = start(controller).finally(() => this.#flying.delete(flight));
    // Where everybody has left, nobody is there to hear of a failure.
    result.catch(() => undefined);
    const flight: Flight<T> = { controller, result, passengers: 0 };
    this.#flying.add(flight);
    this.#open.set(key, flight);
    return flight;
  }
}
