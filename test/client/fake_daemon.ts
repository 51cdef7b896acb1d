import { mkdtempSync } from 'node:fs';
import { createServer, type Server as NetServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { type Client, connect, isTenureError, LeaseEnd } from '@tenure/client';
import type { Any } from '@tenure/client/gen/google/protobuf/any';
import { ErrorInfo, Status } from '@tenure/client/gen/google/rpc/status';
import { AuditServiceService } from '@tenure/client/gen/tenure/audit/v1/audit_service';
import {
  type AcquireLeaseRequest,
  type AcquireLeaseResponse,
  type GetLeaseRequest,
  type GetLeaseResponse,
  type HoldEvent,
  type HoldLeasesRequest,
  type HoldLeasesResponse,
  type HoldOperation,
  LeaseServiceService,
  type WatchLeasesRequest,
  type WatchLeasesResponse,
} from '@tenure/client/gen/tenure/lease/v1/lease_service';
import { SecretServiceService } from '@tenure/client/gen/tenure/secret/v1/secret_service';
import { SessionServiceService } from '@tenure/client/gen/tenure/session/v1/session_service';
import { TaskServiceService } from '@tenure/client/gen/tenure/task/v1/task_service';
import { removeFolder } from '../removed_folder.js';
import { FakeLeases, type Waiting } from './fake_leases.js';
import { FakeAudit, FakeSecrets, FakeSessions, FakeTasks } from './fake_services.js';

type HoldCall = ServerDuplexStream<HoldLeasesRequest, HoldLeasesResponse>;
type WatchCall = ServerWritableStream<WatchLeasesRequest, WatchLeasesResponse>;

/**
 * The contract's streams over a real socket, with the faults that a real
 * daemon can't be made to have on demand. What leases are is the business of
 * the daemon's own tests: here a resource has one holder.
 */
export class FakeDaemon {
  readonly socketPath: string;
  readonly leases = new FakeLeases();
  readonly secrets = new FakeSecrets();
  readonly audit = new FakeAudit();
  readonly sessions = new FakeSessions();
  readonly tasks = new FakeTasks();
  /** Every operation that arrived, over all streams. */
  readonly received: HoldOperation[] = [];
  /** How many operations each message brought. */
  readonly batches: number[] = [];
  readonly watches: { request: WatchLeasesRequest; call: WatchCall }[] = [];
  /** Swallows operations for which this says so, as a daemon does that dies before its answer. */
  swallow: (operation: HoldOperation) => boolean = () => false;
  /** Answers the next streams with this refusal. */
  refuseStreams: { code: status; reason: string } | undefined;
  acquireLease: (
    call: ServerUnaryCall<AcquireLeaseRequest, AcquireLeaseResponse>,
    answer: sendUnaryData<AcquireLeaseResponse>,
  ) => void = (_, answer) => answer({ code: status.UNIMPLEMENTED });
  readonly #clients: Client[] = [];
  readonly #holds = new Set<HoldCall>();
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #listener: NetServer | undefined;

  constructor(socketPath: string) {
    this.socketPath = socketPath;
  }

  static async start(context: TestContext): Promise<FakeDaemon> {
    const folder = mkdtempSync(join(tmpdir(), 'tnrc-'));
    const daemon = new FakeDaemon(join(folder, 'tenure.sock'));
    context.after(async () => {
      await Promise.all(daemon.#clients.map((client) => client.close()));
      await daemon.stop();
      await removeFolder(folder);
    });
    await daemon.start();
    return daemon;
  }

  /** A client of this daemon, closed at the test's end. */
  async client(timeoutMs = 20_000): Promise<Client> {
    for (;;) {
      try {
        const client = await connect({ socketPath: this.socketPath, autostart: false, timeoutMs });
        this.#clients.push(client);
        return client;
      } catch (error) {
        // A limit that is short for calls may be too short for a busy machine to connect.
        if (this.#listener === undefined || !isTenureError(error, 'UNREACHABLE')) throw error;
      }
    }
  }

  async start(): Promise<void> {
    const server = new Server();
    server.addService(LeaseServiceService, {
      acquireLease: (
        call: ServerUnaryCall<AcquireLeaseRequest, AcquireLeaseResponse>,
        answer: sendUnaryData<AcquireLeaseResponse>,
      ) => this.acquireLease(call, answer),
      holdLeases: (call: HoldCall) => this.#hold(call),
      watchLeases: (call: WatchCall) => {
        this.watches.push({ request: call.request, call });
      },
      getLease: ({ request }: { request: GetLeaseRequest }, answer: sendUnaryData<GetLeaseResponse>) => {
        const lease = this.leases.find(request.leaseId);
        if (lease === undefined) {
          answer(refusal(status.NOT_FOUND, 'LEASE_NOT_FOUND'));
        } else {
          answer(null, { lease });
        }
      },
    });
    server.addService(SecretServiceService, this.secrets.service());
    server.addService(AuditServiceService, this.audit.service());
    server.addService(SessionServiceService, this.sessions.service());
    server.addService(TaskServiceService, this.tasks.service());
    const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
    const listener = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      injector.injectConnection(socket);
    });
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject);
      listener.listen(this.socketPath, resolve);
    });
    this.#server = server;
    this.#listener = listener;
  }

  /** As kill -9: connections break, the socket's path refuses. */
  async stop(): Promise<void> {
    const listener = this.#listener;
    this.#listener = undefined;
    const closed = listener === undefined ? undefined : new Promise((resolve) => listener.close(resolve));
    this.breakConnections();
    await closed;
    this.#server?.forceShutdown();
  }

  /** Connections break; new ones are taken. */
  breakConnections(): void {
    this.#holds.clear();
    this.leases.dropWaiting();
    for (const socket of this.#sockets) {
      socket.destroy();
    }
  }

  get openHolds(): number {
    return this.#holds.size;
  }

  push(event: NonNullable<HoldEvent['event']>): void {
    this.pushAll([{ event }]);
  }

  /** In one message. */
  pushAll(events: HoldEvent[]): void {
    for (const hold of this.#holds) {
      hold.write({ events });
    }
  }

  /** Ends a lease as an operator would. */
  revoke(leaseId: string): void {
    const lease = this.leases.end(leaseId, LeaseEnd.REVOKED);
    if (lease !== undefined) {
      this.push({ $case: 'lost', value: { leaseId, resource: lease.resource, end: LeaseEnd.REVOKED } });
    }
  }

  operations(kind: NonNullable<HoldOperation['operation']>['$case']): HoldOperation[] {
    return this.received.filter(({ operation }) => operation?.$case === kind);
  }

  #hold(call: HoldCall): void {
    if (this.refuseStreams !== undefined) {
      call.emit('error', refusal(this.refuseStreams.code, this.refuseStreams.reason));
      return;
    }
    this.#holds.add(call);
    call.on('data', ({ operations }: HoldLeasesRequest) => {
      this.batches.push(operations.length);
      const events = operations.flatMap((operation) => this.#run(operation, call));
      if (events.length > 0) {
        call.write({ events });
      }
    });
    const gone = () => this.#holds.delete(call);
    call.on('end', () => {
      gone();
      call.end();
    });
    call.on('cancelled', gone);
    call.on('error', gone);
  }

  #run(operation: HoldOperation, call: HoldCall): HoldEvent[] {
    this.received.push(operation);
    if (this.swallow(operation)) {
      return [];
    }
    const waiting: Waiting = { answer: (event) => call.write({ events: [event] }) };
    return this.leases.run(operation, waiting);
  }
}

export function refusal(code: status, reason: string, metadata: Record<string, string> = {}) {
  const info = ErrorInfo.encode({ reason, domain: 'tenure', metadata: new Map(Object.entries(metadata)) }).finish();
  const details: Any[] = [{ typeUrl: 'type.googleapis.com/google.rpc.ErrorInfo', value: Buffer.from(info) }];
  const trailers = new Metadata();
  const message = `refused: ${reason}`;
  trailers.set('grpc-status-details-bin', Buffer.from(Status.encode({ code, message, details }).finish()));
  return { name: 'Refusal', message, code, details: message, metadata: trailers };
}
