import type { UntypedHandleCall } from '@grpc/grpc-js';
import type { CallDesk } from './call_desk.js';
import type { CallContext, Role } from './context.js';
import { serveBidi, serveServerStream } from './stream_call.js';
import type { InStream, OutStream } from './streams.js';
import { serveUnary } from './unary_call.js';

export interface MethodOptions {
  /** The least role that may call. */
  readonly role: Role;
}

/** A handler of any kind, ready to be put behind a path. */
export interface Method {
  readonly kind: 'unary' | 'serverStream' | 'bidi';
  adapt(path: string, desk: CallDesk): UntypedHandleCall;
}

export interface UnaryMethod<Req, Res> extends Method {
  readonly kind: 'unary';
  readonly run: (request: Req, context: CallContext) => Res | Promise<Res>;
}

export interface ServerStreamMethod<Req, Res> extends Method {
  readonly kind: 'serverStream';
  readonly run: (request: Req, context: CallContext, out: OutStream<Res>) => Promise<void>;
}

export interface BidiMethod<Req, Res> extends Method {
  readonly kind: 'bidi';
  readonly run: (incoming: InStream<Req>, context: CallContext, out: OutStream<Res>) => Promise<void>;
}

/** One request, one answer. A plain value is sent in the same turn. */
export function unary<Req, Res>(run: UnaryMethod<Req, Res>['run'], { role }: MethodOptions): UnaryMethod<Req, Res> {
  return { kind: 'unary', run, adapt: (path, desk) => serveUnary(run, role, path, desk) };
}

/** One request, a stream of answers, which ends with the promise. */
export function serverStream<Req, Res>(
  run: ServerStreamMethod<Req, Res>['run'],
  { role }: MethodOptions,
): ServerStreamMethod<Req, Res> {
  return { kind: 'serverStream', run, adapt: (path, desk) => serveServerStream(run, role, path, desk) };
}

/** Two streams that know nothing of each other; the call ends with the promise. */
export function bidi<Req, Res>(run: BidiMethod<Req, Res>['run'], { role }: MethodOptions): BidiMethod<Req, Res> {
  return { kind: 'bidi', run, adapt: (path, desk) => serveBidi(run, role, path, desk) };
}

/** A method as generated code describes it. */
export interface MethodShape {
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  requestDeserialize(bytes: Buffer): unknown;
  responseSerialize(value: unknown): Buffer;
}

type RequestOf<M extends MethodShape> = ReturnType<M['requestDeserialize']>;
type ResponseOf<M extends MethodShape> = Parameters<M['responseSerialize']>[0];

/** The kind of handler that a generated description asks for. */
export type MethodFor<M extends MethodShape> = M['requestStream'] extends true
  ? BidiMethod<RequestOf<M>, ResponseOf<M>>
  : M['responseStream'] extends true
    ? ServerStreamMethod<RequestOf<M>, ResponseOf<M>>
    : UnaryMethod<RequestOf<M>, ResponseOf<M>>;

export type ServiceShape = Readonly<Record<string, MethodShape>>;

/** One handler for each method of a generated service description. */
export type HandlersFor<Service extends ServiceShape> = { readonly [Name in keyof Service]: MethodFor<Service[Name]> };
