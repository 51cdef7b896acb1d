import { randomBytes } from 'node:crypto';
import type { Metadata, StatusObject } from '@grpc/grpc-js';
import type { CallWatch } from './call_watch.js';
import type { Connections } from './connections.js';
import type { Peer, Role } from './context.js';
import type { RpcLimits } from './limits.js';
import type { RpcLog } from './log.js';
import { ProtocolStatus } from './protocol_status.js';
import { Refusal } from './refusal.js';
import { allows } from './roles.js';
import { toStatus } from './status_details.js';

/** A call that can be told to come to an end. */
export interface OpenCall {
  endWith(refusal: Refusal): void;
}

/** Stands in for a request that could not be decoded, with the answer to it. */
export class Undecoded {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    this.refusal = refusal;
  }
}

/** Hears of a peer whose role did not allow a call. */
export type OnDenied = (path: string, peer: Peer) => void;

/** What all calls share: who may come in, which are open, and how errors become statuses. */
export class CallDesk {
  readonly limits: RpcLimits;
  /** Undefined: nobody follows the calls. */
  readonly watch: CallWatch | undefined;
  readonly #connections: Connections;
  readonly #log: RpcLog;
  readonly #onDenied: OnDenied;
  readonly #open = new Set<OpenCall>();
  #closing: Refusal | undefined;
  /** Unary calls that have not been answered. */
  #working = 0;
  #onIdle: (() => void)[] = [];

  constructor(connections: Connections, limits: RpcLimits, log: RpcLog, onDenied: OnDenied, watch?: CallWatch) {
    this.#connections = connections;
    this.limits = limits;
    this.watch = watch;
    this.#log = log;
    this.#onDenied = onDenied;
  }

  /** The caller, or a Refusal thrown: wrong role, too much metadata, shutting down. */
  admit(connectionId: string, required: Role, path: string, metadata: Metadata): Peer {
    if (this.#closing !== undefined) throw this.#closing;
    const connection = this.#connections.get(connectionId);
    if (connection === undefined) throw new Refusal('CANCELLED', 'the connection has ended');
    if (connection.refusal !== undefined) throw connection.refusal;
    if (!allows(connection.peer.role, required)) {
      this.#onDenied(path, connection.peer);
      throw new Refusal(
        'ROLE_DENIED',
        `${path} needs the role ${required}, this peer is a ${connection.peer.role}; the daemon's configuration gives roles, and what runs in a session is no operator`,
        { role: connection.peer.role, required },
      );
    }
    const bytes = metadataBytes(metadata);
    if (bytes > this.limits.maxMetadataBytes) {
      const limit = this.limits.maxMetadataBytes;
      throw new Refusal('TOO_MANY', `the call carries ${bytes} bytes of metadata; at most ${limit} are taken`);
    }
    return connection.peer;
  }

  opened(call: OpenCall): void {
    this.#open.add(call);
    if (this.#closing !== undefined) call.endWith(this.#closing);
  }

  closed(call: OpenCall): void {
    this.#open.delete(call);
  }

  /** A unary call works on an answer. */
  began(): void {
    this.#working += 1;
  }

  finished(): void {
    this.#working -= 1;
    if (this.#working > 0) return;
    for (const tell of this.#onIdle.splice(0)) tell();
  }

  /** Resolves once no unary call works on an answer. */
  idle(): Promise<void> {
    if (this.#working === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle.push(resolve);
    });
  }

  /** From now on every call that is open, and every new one, ends with this. */
  endAll(refusal: Refusal): void {
    this.#closing = refusal;
    for (const call of [...this.#open]) call.endWith(refusal);
  }

  /** The status for whatever a handler threw. What is not meant for callers is logged under an id. */
  statusFor(error: unknown, path: string): StatusObject {
    if (error instanceof Refusal || error instanceof ProtocolStatus) return toStatus(error);
    const id = randomBytes(6).toString('hex');
    this.#log.error({ faultId: id, path, err: error }, 'a call failed by a fault of the daemon');
    return toStatus(new Refusal('INTERNAL', `a fault of the daemon's own; its log has more under ${id}`, { id }));
  }
}

/** As HTTP/2 counts, less its 32 bytes an entry. */
function metadataBytes(metadata: Metadata): number {
  let bytes = 0;
  for (const [key, value] of Object.entries(metadata.toHttp2Headers())) {
    for (const one of Array.isArray(value) ? value : [value]) bytes += key.length + String(one ?? '').length;
  }
  return bytes;
}
