import {
  type handleBidiStreamingCall,
  type handleServerStreamingCall,
  type Metadata,
  type StatusObject,
  status,
} from '@grpc/grpc-js';
import { type CallDesk, type OpenCall, Undecoded } from './call_desk.js';
import type { WatchedCall } from './call_watch.js';
import type { CallContext, Peer, Role } from './context.js';
import { ReceivedMessages } from './received_messages.js';
import { Refusal } from './refusal.js';
import type { InStream, OutStream } from './streams.js';

/** What grpc-js offers on calls that answer with a stream, of either kind. */
interface StreamingCall {
  readonly metadata: Metadata;
  readonly cancelled: boolean;
  readonly writableLength: number;
  readonly writableNeedDrain: boolean;
  getPeer(): string;
  write(message: unknown): boolean;
  end(): unknown;
  emit(event: 'error', status: StatusObject): boolean;
  once(event: 'cancelled' | 'drain', listener: () => void): unknown;
}

export function serveServerStream<Req, Res>(
  run: (request: Req, context: CallContext, out: OutStream<Res>) => Promise<void>,
  role: Role,
  path: string,
  desk: CallDesk,
): handleServerStreamingCall<Req | Undecoded, Res | Buffer> {
  return (call) => {
    serve<Res>(call, role, path, desk, call.request, (context, out) => {
      if (call.request instanceof Undecoded) throw call.request.refusal;
      return run(call.request, context, out);
    });
  };
}

export function serveBidi<Req, Res>(
  run: (incoming: InStream<Req>, context: CallContext, out: OutStream<Res>) => Promise<void>,
  role: Role,
  path: string,
  desk: CallDesk,
): handleBidiStreamingCall<Req | Undecoded, Res | Buffer> {
  return (call) => {
    serve<Res>(call, role, path, desk, undefined, (context, out) => {
      const received = new ReceivedMessages<Req>(call, out.closed);
      return run(received, context, out);
    });
  };
}

function serve<Res>(
  call: StreamingCall,
  role: Role,
  path: string,
  desk: CallDesk,
  request: unknown,
  run: (context: CallContext, out: OutStream<Res>) => Promise<void>,
): void {
  const stream = new AnsweringStream<Res>(call, desk, path);
  const serveIt = async (): Promise<void> => {
    try {
      const peer: Peer = desk.admit(call.getPeer(), role, path, call.metadata);
      stream.watched?.admitted(peer, request);
      await run({ peer, signal: stream.closed }, stream);
      stream.end();
    } catch (error) {
      stream.fail(error);
    }
  };
  void serveIt();
}

class AnsweringStream<Res> implements OutStream<Res>, OpenCall {
  readonly watched: WatchedCall | undefined;
  readonly #call: StreamingCall;
  readonly #desk: CallDesk;
  readonly #path: string;
  readonly #controller = new AbortController();
  #ended = false;
  #drained: Promise<void> | undefined;

  constructor(call: StreamingCall, desk: CallDesk, path: string) {
    this.#call = call;
    this.#desk = desk;
    this.#path = path;
    this.watched = desk.watch?.began(path);
    // grpc-js says so at every end, also at the good ones.
    call.once('cancelled', () => {
      if (!this.#ended) this.watched?.ended(status.CANCELLED, undefined);
      this.#ended = true;
      this.#desk.closed(this);
      this.#controller.abort(new Refusal('CANCELLED', 'the call is over'));
    });
    desk.opened(this);
  }

  get closed(): AbortSignal {
    return this.#controller.signal;
  }

  get buffered(): number {
    return this.#call.writableLength;
  }

  write(message: Res | Buffer): boolean {
    if (this.#ended) return false;
    if (this.#call.writableLength >= this.#desk.limits.maxBufferedMessages) {
      this.fail(new Refusal('SLOW_WATCHER', 'the client does not read what it asked for; read faster, or ask again'));
      return false;
    }
    return this.#call.write(message);
  }

  drained(): Promise<void> {
    if (this.#ended || !this.#call.writableNeedDrain) return Promise.resolve();
    this.#drained ??= new Promise((resolve) => {
      const done = (): void => {
        this.#drained = undefined;
        this.closed.removeEventListener('abort', done);
        resolve();
      };
      this.#call.once('drain', done);
      this.closed.addEventListener('abort', done);
    });
    return this.#drained;
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.watched?.ended(status.OK, undefined);
    this.#call.end();
  }

  /** After what was written so far. */
  fail(error: unknown): void {
    if (this.#ended) {
      // The caller is gone, but a fault still has to show.
      if (!isAbort(error, this.closed)) this.#desk.statusFor(error, this.#path);
      return;
    }
    this.#ended = true;
    const refused = this.#desk.statusFor(error, this.#path);
    this.watched?.ended(refused.code, undefined);
    this.#call.emit('error', refused);
    this.#controller.abort(error);
  }

  endWith(refusal: Refusal): void {
    this.fail(refusal);
  }
}

function isAbort(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted && (error === signal.reason || (error instanceof Error && error.name === 'AbortError'));
}
