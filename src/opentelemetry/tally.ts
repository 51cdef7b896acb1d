import type { Attributes, Meter, MetricOptions } from '@opentelemetry/api';

/**
 * A counter for what happens many thousand times a second: an addition here,
 * and the SDK is told when somebody reads it.
 */
export class Tally {
  readonly #counts = new Map<string, { readonly attributes: Attributes; count: number }>();

  constructor(meter: Meter, name: string, options: MetricOptions) {
    meter.createObservableCounter(name, options).addCallback((result) => {
      for (const { attributes, count } of this.#counts.values()) result.observe(count, attributes);
    });
  }

  /** @param key stands for the attributes: the same for the same ones. */
  add(key: string, attributesOfKey: () => Attributes): void {
    const known = this.#counts.get(key);
    if (known !== undefined) known.count += 1;
    else this.#counts.set(key, { attributes: attributesOfKey(), count: 1 });
  }
}
