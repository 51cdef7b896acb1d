import type { ServerUnaryCall, ServerWritableStream, sendUnaryData, UntypedServiceImplementation } from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import type {
  ListAuditEntriesRequest,
  ListAuditEntriesResponse,
  WatchAuditEntriesRequest,
  WatchAuditEntriesResponse,
} from '@tenure/client/gen/tenure/audit/v1/audit_service';
import { SecretServiceService } from '@tenure/client/gen/tenure/secret/v1/secret_service';

type SecretMethod = keyof SecretServiceService;
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
