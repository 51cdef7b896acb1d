import type { Server as GrpcServer, Metadata, UntypedHandleCall } from '@grpc/grpc-js';
import type { CallWatch } from './call_watch.js';

/** As grpc-js keeps a handler, and as its instrumentation puts its own in the place of `func`. */
interface Registered {
  func: (call: { readonly metadata: Metadata }, respond: unknown) => void;
}

/**
 * Leads a call past the instrumentation of grpc-js where nobody wants its
 * trace: what the instrumentation does for each call is most of its cost.
 */
export function chooseTraced(grpc: GrpcServer, path: string, plain: UntypedHandleCall, watch: CallWatch): void {
  const registered = registeredOf(grpc, path);
  const instrumented = registered.func;
  registered.func = (call, respond) => {
    const [traceparent] = call.metadata.get('traceparent');
    if (watch.isTraced(traceparent?.toString())) instrumented(call, respond);
    else Reflect.apply(plain, undefined, [call, respond]);
  };
}

/** grpc-js offers no way to it; its version is pinned, and a test would see the difference. */
function registeredOf(grpc: GrpcServer, path: string): Registered {
  const handlers: unknown = Reflect.get(grpc, 'handlers');
  const registered: unknown = handlers instanceof Map ? handlers.get(path) : undefined;
  if (isRegistered(registered)) return registered;
  throw new Error('this version of grpc-js keeps its handlers elsewhere; adapt the choice of traced calls to it');
}

function isRegistered(value: unknown): value is Registered {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'func') === 'function';
}
