import type { Span, Tracer, TracerProvider } from '@opentelemetry/api';

/** Where the instrumentation of grpc-js writes what a call was refused with. */
const REFUSED_WITH = 'grpc.error_message';

/**
 * The spans that the instrumentation of grpc-js makes of calls. They keep the
 * code of a refusal but not its message, which may tell of a source's command
 * or of a path; and those of calls that the end of the process cuts off end
 * with it.
 */
export class CallSpans implements TracerProvider {
  readonly #provider: TracerProvider;
  readonly #open = new Set<Span>();

  constructor(provider: TracerProvider) {
    this.#provider = provider;
  }

  getTracer(...args: Parameters<TracerProvider['getTracer']>): Tracer {
    const tracer = this.#provider.getTracer(...args);
    const startSpan = tracer.startSpan.bind(tracer);
    tracer.startSpan = (...given) => this.#follow(startSpan(...given));
    return tracer;
  }

  endAll(): void {
    for (const span of [...this.#open]) span.end();
  }

  #follow(span: Span): Span {
    if (!span.isRecording()) return span;
    const setStatus = span.setStatus.bind(span);
    const setAttributes = span.setAttributes.bind(span);
    const end = span.end.bind(span);
    span.setStatus = ({ code }) => setStatus({ code });
    span.setAttributes = ({ [REFUSED_WITH]: _message, ...others }) => setAttributes(others);
    span.end = (time) => {
      this.#open.delete(span);
      end(time);
    };
    this.#open.add(span);
    return span;
  }
}
