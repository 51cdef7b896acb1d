import { once } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type ClientOptions, credentials, type Metadata, type ServiceError } from '@grpc/grpc-js';
import { ErrorInfo, Status } from '@tenure/client/gen/google/rpc/status';
import { LeaseServiceClient, LeaseServiceService } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import type { Role } from '../../src/rpc/context.js';
import { bidi, type HandlersFor, serverStream, unary } from '../../src/rpc/handlers.js';
import type { RpcLimits } from '../../src/rpc/limits.js';
import { Peers } from '../../src/rpc/peers.js';
import { RpcServer } from '../../src/rpc/server.js';
import { temporaryFolder } from '../os/child_process.js';

/** One method of each kind, of a contract that is at hand. */
export const SHAPES = {
  getLease: LeaseServiceService.getLease,
  watchLeases: LeaseServiceService.watchLeases,
  holdLeases: LeaseServiceService.holdLeases,
};
export type Handlers = HandlersFor<typeof SHAPES>;

const ANSWERING: Handlers = {
  getLease: unary(() => ({ lease: undefined }), { role: 'viewer' }),
  watchLeases: serverStream(async () => undefined, { role: 'viewer' }),
  holdLeases: bidi(async () => undefined, { role: 'viewer' }),
};

export interface Logged {
  readonly level: string;
  readonly fields: object;
  readonly message: string;
}

export interface Serving {
  readonly server: RpcServer;
  readonly path: string;
  readonly logged: readonly Logged[];
}

/** A server on a socket of its own, gone after the test. */
export async function serving(
  t: TestContext,
  handlers: Partial<Handlers> = {},
  options: { role?: Role | undefined; limits?: Partial<RpcLimits> } = {},
): Promise<Serving> {
  const logged: Logged[] = [];
  const log = Object.fromEntries(
    ['debug', 'warn', 'error'].map((level) => [
      level,
      (fields: object, message: string) => logged.push({ level, fields, message }),
    ]),
  );
  const role = 'role' in options ? options.role : 'operator';
  const peers = new Peers({ host: 'testhost', bootId: 'testboot', roleOf: () => role });
  const { debug, warn, error } = log;
  if (debug === undefined || warn === undefined || error === undefined) throw new Error('a level is missing');
  const server = new RpcServer({ peers, log: { debug, warn, error }, limits: options.limits ?? {} });
  server.register(SHAPES, { ...ANSWERING, ...handlers });
  const path = join(temporaryFolder(t), 's.sock');
  await server.listen(path);
  t.after(() => server.shutdown(0));
  return { server, path, logged };
}

/** A client with a connection of its own. */
export function client(t: TestContext, path: string, options: Partial<ClientOptions> = {}): LeaseServiceClient {
  const made = new LeaseServiceClient(`unix:${path}`, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
    ...options,
  });
  t.after(() => made.close());
  return made;
}

export interface Outcome {
  readonly code: number;
  readonly message: string;
  readonly reason: string | undefined;
  readonly metadata: ReadonlyMap<string, string>;
}

/** What a caller learns of a failed call. */
export function outcomeOf(error: ServiceError | null): Outcome {
  if (error === null) return { code: 0, message: '', reason: undefined, metadata: new Map() };
  const [details] = error.metadata.get('grpc-status-details-bin');
  const any = Buffer.isBuffer(details) ? Status.decode(details).details[0] : undefined;
  const info = any === undefined ? undefined : ErrorInfo.decode(any.value);
  return {
    code: error.code,
    message: error.details,
    reason: info?.reason,
    metadata: info?.metadata ?? new Map(),
  };
}

export function getLease(from: LeaseServiceClient, leaseId: string, metadata?: Metadata): Promise<Outcome> {
  return new Promise((resolve) => {
    const done = (error: ServiceError | null): void => resolve(outcomeOf(error));
    if (metadata === undefined) from.getLease({ leaseId }, done);
    else from.getLease({ leaseId }, metadata, done);
  });
}

/** How a stream of answers ended. */
export function endOf(stream: {
  on(event: 'error', listener: (error: ServiceError) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
}): Promise<Outcome> {
  return new Promise((resolve) => {
    stream.on('error', (error) => resolve(outcomeOf(error)));
    stream.on('end', () => resolve(outcomeOf(null)));
  });
}

/** A bare connection, for bytes that no client would send. */
export async function rawConnection(t: TestContext, path: string): Promise<Socket> {
  const socket = connectSocket(path);
  t.after(() => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.resume();
  await once(socket, 'connect');
  return socket;
}

/** Waits until a connection is closed, also where it is by now, and whatever broke it. */
export async function closed(socket: Socket): Promise<void> {
  if (socket.closed) return;
  await new Promise<void>((resolve) => socket.once('close', () => resolve()));
}
