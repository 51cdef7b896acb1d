export type {
  AcquireLeaseFields,
  CallOptions,
  Client,
  Fields,
  Health,
  Leases,
  ListLeasesFields,
  WatchLeasesOptions,
  WatchStatusOptions,
  WithLeaseResult,
} from './client.js';
export { connect } from './connect.js';
export type { ConnectOptions, DaemonCommand } from './connect_options.js';
export { type DaemonLocation, type DaemonRecord, locateDaemon } from './discovery.js';
export { durationFromMillis, durationToMillis, timestampToDate } from './duration.js';
export { childEnvironment, LEASES_VARIABLE, parseInheritTokens } from './environment.js';
export { isTenureError, LeaseLostError, type Reason, TenureError } from './errors.js';
export * from './gen/tenure/health/v1/health_service.js';
export * from './gen/tenure/lease/v1/lease.js';
export * from './gen/tenure/lease/v1/lease_service.js';
export type { HeldLease, HoldState, LeaseScope } from './held_lease.js';
export type { AcquireOutcome, Hold, ReleaseOutcome } from './hold.js';
export type { LeaseOptions, Mode, Wish } from './lease_options.js';
export { resourceName } from './resource_name.js';
