import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { createServer, type Server as NetServer } from 'node:net';
import { Server as GrpcServer, ServerCredentials } from '@grpc/grpc-js';
import { CallDesk, type OnDenied, Undecoded } from './call_desk.js';
import { chooseTraced } from './call_tracing.js';
import type { CallWatch } from './call_watch.js';
import { Connections } from './connections.js';
import type { HandlersFor, Method, MethodShape, ServiceShape } from './handlers.js';
import { DEFAULT_LIMITS, type RpcLimits } from './limits.js';
import type { RpcLog } from './log.js';
import type { Peers } from './peers.js';
import { Refusal } from './refusal.js';
import { guardStreams } from './stream_guard.js';

export interface RpcServerOptions {
  readonly peers: Peers;
  readonly log: RpcLog;
  readonly limits?: Partial<RpcLimits>;
  readonly onDenied?: OnDenied;
  /** Follows all calls. */
  readonly watch?: CallWatch | undefined;
}

/**
 * Serves gRPC on Unix sockets to peers that the kernel vouches for. Every
 * fault of a call ends in a status of that call, never in more.
 */
export class RpcServer {
  readonly #grpc: GrpcServer;
  readonly #connections: Connections;
  readonly #desk: CallDesk;
  readonly #listening = new Set<NetServer>();
  readonly #services: string[] = [];
  readonly #log: RpcLog;

  constructor({ peers, log, limits: given, onDenied = () => undefined, watch }: RpcServerOptions) {
    this.#log = log;
    const limits = { ...DEFAULT_LIMITS, ...given };
    this.#grpc = new GrpcServer({
      'grpc.enable_channelz': 0,
      // What is only a little too large comes in, and is refused with a reason.
      'grpc.max_receive_message_length': 4 * limits.maxMessageBytes,
      'grpc.max_concurrent_streams': limits.maxConcurrentStreams,
    });
    const injector = this.#grpc.createConnectionInjector(ServerCredentials.createInsecure());
    guardStreams(this.#grpc, log);
    this.#connections = new Connections(peers, limits, log, (socket) => injector.injectConnection(socket));
    this.#desk = new CallDesk(this.#connections, limits, log, onDenied, watch);
  }

  get connectionCount(): number {
    return this.#connections.count;
  }

  /** Full names of what is registered, in that order. */
  get services(): readonly string[] {
    return this.#services;
  }

  register<Service extends ServiceShape>(service: Service, handlers: HandlersFor<Service>): void {
    for (const [name, shape] of Object.entries(service)) {
      const handler: Method | undefined = handlers[name];
      if (handler === undefined) throw new Error(`nothing serves ${shape.path}`);
      const call = handler.adapt(shape.path, this.#desk);
      this.#grpc.register(
        shape.path,
        call,
        serializer(shape, this.#log),
        deserializer(shape, this.#desk.limits.maxMessageBytes),
        handler.kind,
      );
      if (this.#desk.watch !== undefined) chooseTraced(this.#grpc, shape.path, call, this.#desk.watch);
      const serviceName = shape.path.split('/')[1] ?? '';
      if (!this.#services.includes(serviceName)) this.#services.push(serviceName);
    }
  }

  /** Accepts connections on a path, with mode 0600 once this resolves, or from a server that listens already. */
  async listen(on: string | NetServer): Promise<void> {
    const server = typeof on === 'string' ? await bind(on) : on;
    this.#connections.acceptFrom(server);
    this.#listening.add(server);
  }

  /** Calls once when a connection has ended, as `context.peer.connectionId` names it. Returns how to unsubscribe. */
  onConnectionEnd(connectionId: string, listener: () => void): () => void {
    return this.#connections.onEnd(connectionId, listener);
  }

  /** Connections that stand are served further. */
  stopAccepting(): void {
    for (const server of this.#listening) server.close();
    this.#listening.clear();
  }

  /**
   * Ends the open streams, and all calls to come, with SHUTTING_DOWN. Unary
   * calls are told by their signal and answer for themselves.
   */
  endStreams(): void {
    this.#desk.endAll(new Refusal('SHUTTING_DOWN', 'tenured is shutting down; try again in a moment'));
  }

  /** Lets calls finish for the grace, then closes what is left. Resolves when no connection is left. */
  async shutdown(graceMs: number): Promise<void> {
    this.stopAccepting();
    this.endStreams();
    this.#connections.destroySilent();
    const ended = this.#connections.allEnded();
    const grace = setTimeout(() => this.#connections.destroyAll(), graceMs);
    try {
      // Meanwhile who asks for more is told why not; after it no connection takes another call.
      await Promise.race([this.#desk.idle(), ended]);
      // Its callback says no more than that the connections have ended.
      this.#grpc.tryShutdown(() => undefined);
      await ended;
    } finally {
      clearTimeout(grace);
    }
  }
}

/** Left to grpc-js, a request that does not decode would be answered without a reason. */
function deserializer(shape: MethodShape, maxBytes: number): (bytes: Buffer) => unknown {
  return (bytes) => {
    if (bytes.length > maxBytes) {
      const message = `the message has ${bytes.length} bytes; at most ${maxBytes} are taken`;
      return new Undecoded(new Refusal('TOO_MANY', message));
    }
    try {
      return shape.requestDeserialize(bytes);
    } catch {
      return new Undecoded(new Refusal('INVALID_FIELD', `the bytes are not the message that ${shape.path} takes`));
    }
  };
}

/** Messages that are serialized already pass through. */
function serializer(shape: MethodShape, log: RpcLog): (value: unknown) => Buffer {
  return (value) => {
    if (Buffer.isBuffer(value)) return value;
    try {
      return shape.responseSerialize(value);
    } catch (error) {
      // grpc-js answers INTERNAL, and keeps the cause to itself.
      log.error({ path: shape.path, err: error }, 'an answer could not be encoded');
      throw error;
    }
  };
}

async function bind(path: string): Promise<NetServer> {
  const server = createServer();
  server.listen(path);
  await once(server, 'listening');
  // The umask decided so far; others could not connect before either, if the folder is 0700.
  chmodSync(path, 0o600);
  return server;
}
