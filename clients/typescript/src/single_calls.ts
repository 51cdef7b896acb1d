import type { CallOptions, Health, Leases } from './client.js';
import type { Connection } from './connection.js';
import { durationToMillis } from './duration.js';
import {
  type AcquireLeaseRequest,
  ExplainResourceRequest,
  GetLeaseRequest,
  ReleaseLeaseRequest,
  RenewLeaseRequest,
  RevokeLeasesRequest,
} from './gen/tenure/lease/v1/lease_service.js';
import { RequestIds } from './request_ids.js';
import { complete, completeAcquire, completeList } from './requests.js';
import { callUnary, type StartCall } from './unary.js';

/** The contract's single calls over a connection. */
export function singleCalls(connection: Connection, timeoutMs: number): { leases: Leases; health: Health } {
  const requestIds = new RequestIds();
  const call = <Response>(start: StartCall<Response>, options: CallOptions | undefined, waitMs = 0) =>
    callUnary(connection, start, { timeoutMs: (options?.timeoutMs ?? timeoutMs) + waitMs, signal: options?.signal });
  return {
    leases: {
      acquireLease(fields, options) {
        const request = completeAcquire(fields);
        // Without one, a repetition after a break could be a second grant.
        request.requestId ||= requestIds.next();
        return call(({ leases }, ...rest) => leases.acquireLease(request, ...rest), options, waitOf(request));
      },
      renewLease(fields, options) {
        const request = complete(RenewLeaseRequest, fields);
        return call(({ leases }, ...rest) => leases.renewLease(request, ...rest), options);
      },
      releaseLease(fields, options) {
        const request = complete(ReleaseLeaseRequest, fields);
        return call(({ leases }, ...rest) => leases.releaseLease(request, ...rest), options);
      },
      getLease(fields, options) {
        const request = complete(GetLeaseRequest, fields);
        return call(({ leases }, ...rest) => leases.getLease(request, ...rest), options);
      },
      listLeases(fields, options) {
        const request = completeList(fields ?? {});
        return call(({ leases }, ...rest) => leases.listLeases(request, ...rest), options);
      },
      revokeLeases(fields, options) {
        const request = complete(RevokeLeasesRequest, fields);
        return call(({ leases }, ...rest) => leases.revokeLeases(request, ...rest), options);
      },
      explainResource(fields, options) {
        const request = complete(ExplainResourceRequest, fields);
        return call(({ leases }, ...rest) => leases.explainResource(request, ...rest), options);
      },
    },
    health: {
      getStatus(options) {
        return call(({ health }, ...rest) => health.getStatus({}, ...rest), options);
      },
    },
  };
}

function waitOf({ wait }: AcquireLeaseRequest): number {
  switch (wait?.$case) {
    case 'waitTimeout':
      return durationToMillis(wait.value);
    case 'waitForever':
      return Number.POSITIVE_INFINITY;
    case undefined:
      return 0;
  }
}
