import type { Leases } from './client.js';
import { durationToMillis } from './duration.js';
import {
  type AcquireLeaseRequest,
  ExplainResourceRequest,
  GetLeaseRequest,
  ReleaseLeaseRequest,
  RenewLeaseRequest,
  RequestYieldRequest,
  RevokeLeasesRequest,
} from './gen/tenure/lease/v1/lease_service.js';
import type { RequestIds } from './request_ids.js';
import { complete, completeAcquire, completeList } from './requests.js';
import type { SingleCalls } from './single_calls.js';

/** See `Client.leases`. */
export function leaseCalls(calls: SingleCalls, requestIds: RequestIds): Leases {
  return {
    acquireLease(fields, options) {
      const request = completeAcquire(fields);
      // Without one, a repetition after a break could be a second grant.
      request.requestId ||= requestIds.next();
      return calls.repeated(({ leases }, ...rest) => leases.acquireLease(request, ...rest), options, waitOf(request));
    },
    renewLease(fields, options) {
      const request = complete(RenewLeaseRequest, fields);
      return calls.repeated(({ leases }, ...rest) => leases.renewLease(request, ...rest), options);
    },
    releaseLease(fields, options) {
      const request = complete(ReleaseLeaseRequest, fields);
      return calls.repeated(({ leases }, ...rest) => leases.releaseLease(request, ...rest), options);
    },
    getLease(fields, options) {
      const request = complete(GetLeaseRequest, fields);
      return calls.repeated(({ leases }, ...rest) => leases.getLease(request, ...rest), options);
    },
    listLeases(fields, options) {
      const request = completeList(fields ?? {});
      return calls.repeated(({ leases }, ...rest) => leases.listLeases(request, ...rest), options);
    },
    revokeLeases(fields, options) {
      const request = complete(RevokeLeasesRequest, fields);
      return calls.repeated(({ leases }, ...rest) => leases.revokeLeases(request, ...rest), options);
    },
    requestYield(fields, options) {
      const request = complete(RequestYieldRequest, fields);
      return calls.repeated(({ leases }, ...rest) => leases.requestYield(request, ...rest), options);
    },
    explainResource(fields, options) {
      const request = complete(ExplainResourceRequest, fields);
      return calls.repeated(({ leases }, ...rest) => leases.explainResource(request, ...rest), options);
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
