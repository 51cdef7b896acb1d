import type { Server, Socket } from 'node:net';
import { socketFd } from '../os/peer_credentials.js';
import { pollHungUp } from '../os/poll.js';
import type { Peer } from './context.js';
import type { RpcLimits } from './limits.js';
import type { RpcLog } from './log.js';
import type { Identified, Peers } from './peers.js';
import { startsHttp2 } from './preface.js';
import { Refusal } from './refusal.js';

/** A connection's peer; or why none of its calls is served. */
export type Connection =
  | { readonly peer: Peer; readonly refusal: undefined }
  | { readonly peer: undefined; readonly refusal: Refusal };

interface Entry {
  readonly socket: Socket;
  readonly endListeners: Set<() => void>;
  connection: Connection | undefined;
  /** The last sweep saw that the peer has closed its side. */
  hungUp: boolean;
}

/** Room above the limit for connections that are only told about it. */
const TOLD_ABOVE_LIMIT = 16;

/** Accepts connections itself, so that each is known by the kernel's credentials from its first byte to its end. */
export class Connections {
  readonly #entries = new Map<string, Entry>();
  readonly #peers: Peers;
  readonly #limits: RpcLimits;
  readonly #log: RpcLog;
  /** Takes the connections that speak HTTP/2. */
  readonly #serve: (socket: Socket) => void;
  #accepted = 0;
  #emptied: (() => void)[] = [];
  #sweeping: NodeJS.Timeout | undefined;

  constructor(peers: Peers, limits: RpcLimits, log: RpcLog, serve: (socket: Socket) => void) {
    this.#peers = peers;
    this.#limits = limits;
    this.#log = log;
    this.#serve = serve;
  }

  get count(): number {
    return this.#entries.size;
  }

  acceptFrom(server: Server): void {
    server.on('connection', (socket) => this.#accept(socket));
    // Out of descriptors, for one. Those that are connected already are not touched.
    server.on('error', (error) => this.#log.error({ err: error }, 'a connection could not be accepted'));
  }

  get(connectionId: string): Connection | undefined {
    return this.#entries.get(connectionId)?.connection;
  }

  /** Calls once when the connection has ended; soon, where it has ended already. Returns how to unsubscribe. */
  onEnd(connectionId: string, listener: () => void): () => void {
    const entry = this.#entries.get(connectionId);
    if (entry === undefined) {
      const soon = setImmediate(listener);
      return () => clearImmediate(soon);
    }
    // A new function each time: the same listener may be given twice.
    const once = (): void => listener();
    entry.endListeners.add(once);
    return () => entry.endListeners.delete(once);
  }

  /** Those that have not said what they speak have nothing to finish. */
  destroySilent(): void {
    for (const { socket, connection } of this.#entries.values()) if (connection === undefined) socket.destroy();
  }

  destroyAll(): void {
    for (const { socket } of this.#entries.values()) socket.destroy();
  }

  /** Resolves when the last connection has ended. */
  allEnded(): Promise<void> {
    if (this.#entries.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#emptied.push(resolve);
    });
  }

  #accept(socket: Socket): void {
    // What breaks a connection is not of interest, that it ended is: `close` follows.
    socket.on('error', (error) => this.#log.debug({ err: error }, 'a connection broke'));
    if (this.#entries.size >= this.#limits.maxConnections + TOLD_ABOVE_LIMIT) {
      this.#log.warn({ connections: this.#entries.size }, 'too many connections, one was closed');
      socket.destroy();
      return;
    }
    this.#accepted += 1;
    const id = `c${this.#accepted}`;
    const entry: Entry = { socket, endListeners: new Set(), connection: undefined, hungUp: false };
    // grpc-js answers it as getPeer() of each call.
    Object.defineProperty(socket, 'remoteAddress', { value: id });
    this.#entries.set(id, entry);
    this.#sweeping ??= setInterval(() => this.#sweep(), this.#limits.sweepIntervalMs);
    const patience = setTimeout(() => {
      this.#log.warn({ connectionId: id }, 'a connection that does not speak HTTP/2 was closed');
      socket.destroy();
    }, this.#limits.prefaceTimeoutMs);
    socket.once('close', () => {
      clearTimeout(patience);
      this.#ended(id, entry);
    });
    const identify = (): void => {
      clearTimeout(patience);
      this.#identify(id, entry);
    };
    awaitPreface(socket, identify);
  }

  #identify(id: string, entry: Entry): void {
    const fd = socketFd(entry.socket);
    if (fd === undefined) return;
    let identified: Identified;
    try {
      identified = this.#peers.identify(id, fd);
    } catch (error) {
      this.#log.error({ connectionId: id, err: error }, 'a peer could not be identified');
      entry.socket.destroy();
      return;
    }
    entry.connection = this.#decide(id, identified);
    this.#serve(entry.socket);
  }

  #decide(id: string, identified: Identified): Connection {
    if (!identified.admitted) {
      const { uid, gid, pid } = identified.credentials;
      this.#log.warn({ connectionId: id, uid, gid, pid }, 'a peer without a role was refused');
      const message = `user ${uid} has no role here; the owner of the daemon can give one in the configuration`;
      return { peer: undefined, refusal: new Refusal('ROLE_DENIED', message, { uid: String(uid) }) };
    }
    if (this.#entries.size > this.#limits.maxConnections) {
      this.#log.warn({ connectionId: id, connections: this.#entries.size }, 'too many connections');
      const message = `the daemon has ${this.#limits.maxConnections} connections and takes no more; close some`;
      return { peer: undefined, refusal: new Refusal('TOO_MANY', message) };
    }
    return { peer: identified.peer, refusal: undefined };
  }

  /**
   * node's http2 stops reading after an error of the protocol and then never
   * sees the end of the connection: without this, each would stay for ever.
   */
  #sweep(): void {
    const byFd = new Map<number, Entry>();
    for (const entry of this.#entries.values()) {
      const fd = socketFd(entry.socket);
      if (fd !== undefined) byFd.set(fd, entry);
    }
    for (const fd of pollHungUp([...byFd.keys()])) {
      const entry = byFd.get(fd);
      // Once seen, it has until the next sweep to end by itself.
      if (entry?.hungUp === true) entry.socket.destroy();
      else if (entry !== undefined) entry.hungUp = true;
    }
  }

  #ended(id: string, entry: Entry): void {
    this.#entries.delete(id);
    for (const listener of entry.endListeners) {
      try {
        listener();
      } catch (error) {
        this.#log.error({ connectionId: id, err: error }, "a listener for a connection's end failed");
      }
    }
    if (this.#entries.size > 0) return;
    clearInterval(this.#sweeping);
    this.#sweeping = undefined;
    for (const resolve of this.#emptied.splice(0)) resolve();
  }
}

/** Calls once the connection has said that it speaks HTTP/2; closes it as soon as it says anything else. */
function awaitPreface(socket: Socket, speaksHttp2: () => void): void {
  let received = Buffer.alloc(0);
  const look = (): void => {
    for (let chunk: unknown = socket.read(); Buffer.isBuffer(chunk); chunk = socket.read()) {
      received = Buffer.concat([received, chunk]);
    }
    const verdict = startsHttp2(received);
    if (verdict === 'too-short') return;
    socket.removeListener('readable', look);
    if (verdict === 'no') {
      socket.destroy();
      return;
    }
    // http2 takes over a connection with what has been read of it.
    socket.unshift(received);
    speaksHttp2();
  };
  socket.on('readable', look);
}
