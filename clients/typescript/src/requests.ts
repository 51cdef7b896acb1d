import type { Fields } from './call_options.js';
import type { AcquireLeaseFields, ListLeasesFields } from './client.js';
import { AcquireLeaseRequest, LeaseFilter, LeaseWish, ListLeasesRequest } from './gen/tenure/lease/v1/lease_service.js';

const NOTHING = new Uint8Array(0);

/**
 * A whole message from some of its fields. The generated encoders want every
 * field: one that is undefined would be sent as the text "undefined".
 */
export function complete<T extends object>(type: { decode(bytes: Uint8Array): T }, fields: Fields<T>): T {
  const message = type.decode(NOTHING);
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) {
      Reflect.set(message, name, value);
    }
  }
  return message;
}

export function completeAcquire({ wishes, ...fields }: AcquireLeaseFields): AcquireLeaseRequest {
  return complete(AcquireLeaseRequest, { ...fields, wishes: wishes.map((wish) => complete(LeaseWish, wish)) });
}

export function completeFilter(filter: Fields<LeaseFilter> | undefined): LeaseFilter | undefined {
  return filter === undefined ? undefined : complete(LeaseFilter, filter);
}

export function completeList({ filter, ...fields }: ListLeasesFields): ListLeasesRequest {
  return complete(ListLeasesRequest, { ...fields, filter: completeFilter(filter) });
}
