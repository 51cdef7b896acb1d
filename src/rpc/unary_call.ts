import { type handleUnaryCall, type ServerUnaryCall, type sendUnaryData, status } from '@grpc/grpc-js';
import { type CallDesk, type OpenCall, Undecoded } from './call_desk.js';
import type { WatchedCall } from './call_watch.js';
import type { CallContext, Peer, Role } from './context.js';
import { Refusal } from './refusal.js';

/**
 * Serves a method of one request and one answer. The common case, a plain
 * value, costs no promise and no AbortController.
 */
export function serveUnary<Req, Res>(
  run: (request: Req, context: CallContext) => Res | Promise<Res>,
  role: Role,
  path: string,
  desk: CallDesk,
): handleUnaryCall<Req | Undecoded, Res> {
  return (call, respond) => {
    let context: UnaryContext | undefined;
    const watched = desk.watch?.began(path);
    try {
      const peer = desk.admit(call.getPeer(), role, path, call.metadata);
      if (call.request instanceof Undecoded) throw call.request.refusal;
      watched?.admitted(peer, call.request);
      context = new UnaryContext(peer, call, desk);
      const result = run(call.request, context);
      if (result instanceof Promise) answerLater(result, context, path, desk, watched, respond);
      else {
        context.finish();
        watched?.ended(status.OK, result);
        respond(null, result);
      }
    } catch (error) {
      fail(error, context, path, desk, watched, respond);
    }
  };
}

function answerLater<Res>(
  result: Promise<Res>,
  context: UnaryContext,
  path: string,
  desk: CallDesk,
  watched: WatchedCall | undefined,
  respond: sendUnaryData<Res>,
): void {
  result
    .then((value) => {
      context.finish();
      watched?.ended(status.OK, value);
      respond(null, value);
    })
    .catch((error: unknown) => fail(error, context, path, desk, watched, respond));
}

function fail<Res>(
  error: unknown,
  context: UnaryContext | undefined,
  path: string,
  desk: CallDesk,
  watched: WatchedCall | undefined,
  respond: sendUnaryData<Res>,
): void {
  const cause = context?.abortedBy(error) ?? error;
  context?.finish();
  const refused = desk.statusFor(cause, path);
  watched?.ended(refused.code, undefined);
  respond(refused);
}

class UnaryContext implements CallContext, OpenCall {
  readonly peer: Peer;
  readonly #call: ServerUnaryCall<unknown, unknown>;
  readonly #desk: CallDesk;
  #controller: AbortController | undefined;
  #onCancelled: (() => void) | undefined;
  #finished = false;

  constructor(peer: Peer, call: ServerUnaryCall<unknown, unknown>, desk: CallDesk) {
    this.peer = peer;
    this.#call = call;
    this.#desk = desk;
    desk.began();
  }

  /** Made when first asked for: most calls are answered before anybody could cancel them. */
  get signal(): AbortSignal {
    if (this.#controller !== undefined) return this.#controller.signal;
    const controller = new AbortController();
    this.#controller = controller;
    this.#onCancelled = () => {
      controller.abort(new Refusal('CANCELLED', 'the call was cancelled, or its deadline passed'));
      this.#desk.closed(this);
    };
    if (this.#call.cancelled) this.#onCancelled();
    else if (!this.#finished) {
      this.#call.once('cancelled', this.#onCancelled);
      this.#desk.opened(this);
    }
    return controller.signal;
  }

  /** Who listens to the signal decides what becomes of the call; it answers then. */
  endWith(refusal: Refusal): void {
    this.#controller?.abort(refusal);
  }

  /** The reason of the signal, where a handler only passes on that it fired. */
  abortedBy(error: unknown): unknown {
    if (this.#controller?.signal.aborted !== true) return undefined;
    return error instanceof Error && error.name === 'AbortError' ? this.#controller.signal.reason : undefined;
  }

  finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#desk.finished();
    if (this.#onCancelled === undefined) return;
    this.#call.removeListener('cancelled', this.#onCancelled);
    this.#desk.closed(this);
  }
}
