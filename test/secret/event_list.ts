import type { EventSink, TenureEvent } from '../../src/telemetry/events.js';

/** Keeps the events it is told. */
export class EventList implements EventSink {
  readonly all: TenureEvent[] = [];
  #onEvent: () => void = () => undefined;

  emit(event: TenureEvent): void {
    this.all.push(event);
    this.#onEvent();
  }

  of(action: string): TenureEvent[] {
    return this.all.filter((event) => event.action === action);
  }

  /** Waits until there are so many of an action. */
  async count(action: string, wanted: number): Promise<TenureEvent[]> {
    while (this.of(action).length < wanted) {
      await new Promise<void>((resolve) => {
        this.#onEvent = resolve;
      });
    }
    return this.of(action);
  }
}
