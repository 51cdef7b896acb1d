import type { ServerUnaryCall, ServerWritableStream, sendUnaryData, UntypedServiceImplementation } from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import type {
  ListAuditEntriesRequest,
  ListAuditEntriesResponse,
  WatchAuditEntriesRequest,
  WatchAuditEntriesResponse,
} from '@tenure/client/gen/tenure/audit/v1/audit_service';
import { SecretServiceService } from '@tenure/client/gen/tenure/secret/v1/secret_service';
import {
  SessionServiceService,
  type StreamOutputRequest,
  type StreamOutputResponse,
  type WatchSessionsRequest,
  type WatchSessionsResponse,
} from '@tenure/client/gen/tenure/session/v1/session_service';
import {
  TaskServiceService,
  type WatchTriggersRequest,
  type WatchTriggersResponse,
} from '@tenure/client/gen/tenure/task/v1/task_service';

type TriggerStream = ServerWritableStream<WatchTriggersRequest, WatchTriggersResponse>;
type SecretMethod = keyof SecretServiceService;
type SessionMethod = keyof SessionServiceService;
type SessionWatch = ServerWritableStream<WatchSessionsRequest, WatchSessionsResponse>;
type OutputCall = ServerWritableStream<StreamOutputRequest, StreamOutputResponse>;
type AuditWatch = ServerWritableStream<WatchAuditEntriesRequest, WatchAuditEntriesResponse>;

/** A call that arrived. What its request and answer are, the method says. */
export interface SecretCall {
  readonly method: SecretMethod;
  readonly request: unknown;
}

/** SecretService as a test wants it. */
export class FakeSecrets {
  readonly received: SecretCall[] = [];
  run: (call: SecretCall, answer: sendUnaryData<unknown>) => void = (_, answer) =>
    answer({ code: status.UNIMPLEMENTED });

  service(): UntypedServiceImplementation {
    const methods = Object.entries(SecretServiceService).map(([name]) => [
      name,
      ({ request }: ServerUnaryCall<unknown, unknown>, answer: sendUnaryData<unknown>) => {
        const call = { method: name as SecretMethod, request };
        this.received.push(call);
        this.run(call, answer);
      },
    ]);
    return Object.fromEntries(methods);
  }
}

/** AuditService as a test wants it. */
export class FakeAudit {
  readonly watches: AuditWatch[] = [];
  list: (request: ListAuditEntriesRequest) => ListAuditEntriesResponse = () => ({ entries: [], nextPageToken: '' });

  service(): UntypedServiceImplementation {
    return {
      listAuditEntries: (
        { request }: ServerUnaryCall<ListAuditEntriesRequest, ListAuditEntriesResponse>,
        answer: sendUnaryData<ListAuditEntriesResponse>,
      ) => answer(null, this.list(request)),
      watchAuditEntries: (call: AuditWatch) => {
        this.watches.push(call);
      },
    };
  }
}

/** A call of SessionService that arrived. */
export interface SessionCall {
  readonly method: SessionMethod;
  readonly request: unknown;
}

/** SessionService as a test wants it. */
export class FakeSessions {
  readonly received: SessionCall[] = [];
  readonly watches: SessionWatch[] = [];
  readonly outputs: OutputCall[] = [];
  run: (call: SessionCall, answer: sendUnaryData<unknown>) => void = (_, answer) =>
    answer({ code: status.UNIMPLEMENTED });
  /** Serves a stream of output as it arrives. */
  onOutput: (call: OutputCall) => void = () => undefined;
  onWatch: (call: SessionWatch) => void = () => undefined;

  service(): UntypedServiceImplementation {
    const methods = Object.entries(SessionServiceService).map(([name]) => [
      name,
      ({ request }: ServerUnaryCall<unknown, unknown>, answer: sendUnaryData<unknown>) => {
        const call = { method: name as SessionMethod, request };
        this.received.push(call);
        this.run(call, answer);
      },
    ]);
    return {
      ...Object.fromEntries(methods),
      watchSessions: (call: SessionWatch) => {
        this.watches.push(call);
        this.onWatch(call);
      },
      streamOutput: (call: OutputCall) => {
        this.outputs.push(call);
        this.onOutput(call);
      },
    };
  }
}

/** TaskService as a test wants it. */
export class FakeTasks {
  /** Methods and requests as they came, streams of triggers too. */
  readonly received: { readonly method: string; readonly request: unknown }[] = [];
  readonly streams: TriggerStream[] = [];
  run: (method: string, request: unknown, answer: sendUnaryData<unknown>) => void = (_, __, answer) => answer(null, {});

  service(): UntypedServiceImplementation {
    const methods = Object.keys(TaskServiceService).map((method) => [
      method,
      ({ request }: ServerUnaryCall<unknown, unknown>, answer: sendUnaryData<unknown>) => {
        this.received.push({ method, request });
        this.run(method, request, answer);
      },
    ]);
    return {
      ...Object.fromEntries(methods),
      watchTriggers: (call: TriggerStream) => {
        this.received.push({ method: 'watchTriggers', request: call.request });
        this.streams.push(call);
        call.write({ trigger: undefined });
      },
    };
  }
}
