import { status } from '@grpc/grpc-js';
import { type Span, trace } from '@opentelemetry/api';
import type { CallWatch, WatchedCall } from '../rpc/call_watch.js';
import type { Peer } from '../rpc/context.js';
import { acquireOutcome, attributesOf, secretOf } from './attribute_rules.js';
import type { Instruments } from './instruments.js';

const ACQUIRE = 'AcquireLease';

/**
 * Times all calls, and tells their spans, which the instrumentation of
 * grpc-js makes, what they were about.
 */
export class TracedCalls implements CallWatch {
  readonly #instruments: Instruments;

  readonly #isKept: (traceparent: string | undefined) => boolean;

  constructor(instruments: Instruments, isKept: (traceparent: string | undefined) => boolean) {
    this.#instruments = instruments;
    this.#isKept = isKept;
  }

  isTraced(traceparent: string | undefined): boolean {
    return this.#isKept(traceparent);
  }

  began(path: string): WatchedCall {
    return new TracedCall(path, this.#instruments);
  }
}

class TracedCall implements WatchedCall {
  readonly #service: string;
  readonly #method: string;
  readonly #instruments: Instruments;
  readonly #span: Span | undefined;
  readonly #beganMs = performance.now();

  constructor(path: string, instruments: Instruments) {
    const [, service = '', method = ''] = path.split('/');
    this.#service = service;
    this.#method = method;
    this.#instruments = instruments;
    const span = trace.getActiveSpan();
    this.#span = span?.isRecording() === true ? span : undefined;
  }

  admitted({ uid, process, role }: Peer, request: unknown): void {
    if (this.#span === undefined) return;
    const about = { ...secretOf(this.#service, request), ...attributesOf(request) };
    this.#span.setAttributes({ 'tenure.peer.uid': uid, 'tenure.peer.role': role, ...about });
    if (process !== undefined) this.#span.setAttribute('tenure.peer.pid', process.pid);
  }

  ended(code: number, answer: unknown): void {
    const ms = performance.now() - this.#beganMs;
    this.#instruments.calls.record(ms, {
      'rpc.system': 'grpc',
      'rpc.service': this.#service,
      'rpc.method': this.#method,
      'rpc.grpc.status_code': code,
    });
    if (this.#method === ACQUIRE) this.#acquired(ms, answer);
    this.#span?.setAttributes(attributesOf(answer));
    // The instrumentation never ends the span of a stream whose client went away.
    if (code === status.CANCELLED && answer === undefined) this.#cancelled();
  }

  #cancelled(): void {
    this.#span?.setAttribute('rpc.grpc.status_code', status.CANCELLED);
    this.#span?.end();
  }

  #acquired(ms: number, answer: unknown): void {
    const outcome = acquireOutcome(answer) ?? 'refused';
    this.#instruments.acquires.add(outcome, () => ({ outcome }));
    this.#instruments.acquireTime.record(ms / 1_000, { outcome });
    this.#span?.setAttribute('tenure.outcome', outcome);
  }
}
