import type { EventSink, TenureEvent } from './events.js';

export interface NamedSink {
  readonly name: string;
  readonly sink: EventSink;
}

/** Hands every event to every sink. One that throws is told of once, and harms no other. */
export class EventBus implements EventSink {
  readonly #sinks: readonly NamedSink[];
  readonly #onFault: (name: string, error: unknown) => void;
  readonly #faulty = new Set<string>();

  constructor(sinks: readonly NamedSink[], onFault: (name: string, error: unknown) => void) {
    this.#sinks = sinks;
    this.#onFault = onFault;
  }

  emit(event: TenureEvent): void {
    for (const { name, sink } of this.#sinks) {
      try {
        sink.emit(event);
      } catch (error) {
        if (this.#faulty.has(name)) continue;
        this.#faulty.add(name);
        this.#onFault(name, error);
      }
    }
  }
}
