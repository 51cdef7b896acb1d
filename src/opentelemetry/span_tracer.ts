import {
  type Attributes,
  type Histogram,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer as Spans,
} from '@opentelemetry/api';
import type { SpanAttributes, Tracer } from '../telemetry/tracer.js';
import type { Instruments } from './instruments.js';
import { childVariables, liveContext } from './trace_context.js';

/** Gives each piece of work a span, and notes its time where a metric is kept of its kind. */
export class SpanTracer implements Tracer {
  readonly #spans: Spans;
  readonly #times: Readonly<Record<string, Histogram<Attributes> | undefined>>;

  constructor(spans: Spans, { adapterTime, sourceTime }: Instruments) {
    this.#spans = spans;
    this.#times = { 'tenure.session.adapter': adapterTime, 'tenure.secret.source': sourceTime };
  }

  follow<T>(name: string, attributes: SpanAttributes, work: () => Promise<T>): Promise<T> {
    const measured = (span?: Span): Promise<T> => this.#measure(name, attributes, work, span);
    if (liveContext() === undefined) return measured();
    return this.#spans.startActiveSpan(name, { kind: SpanKind.INTERNAL, attributes: named(attributes) }, measured);
  }

  async #measure<T>(name: string, attributes: SpanAttributes, work: () => Promise<T>, span?: Span): Promise<T> {
    const beganMs = performance.now();
    let ok = false;
    try {
      const value = await work();
      ok = true;
      return value;
    } catch (error) {
      span?.setStatus({ code: SpanStatusCode.ERROR });
      // Its message may tell what is not for everybody.
      span?.setAttribute('error.type', reasonOf(error));
      throw error;
    } finally {
      span?.end();
      this.#times[name]?.record((performance.now() - beganMs) / 1_000, { ...attributes, ok });
    }
  }

  childEnvironment(): NodeJS.ProcessEnv {
    return liveContext() === undefined ? {} : childVariables();
  }
}

function named(attributes: SpanAttributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`tenure.${name}`, value]));
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const reason: unknown = Reflect.get(error, 'reason');
  return typeof reason === 'string' ? reason : error.name;
}
