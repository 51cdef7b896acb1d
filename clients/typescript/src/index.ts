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
export {
  DaemonPhase,
  DaemonStatus,
  GetStatusRequest,
  GetStatusResponse,
  LastExit,
  LeaseStatus,
  ServiceStatus,
  StoreStatus,
  Warning,
  WatchStatusRequest,
  WatchStatusResponse,
} from './gen/tenure/health/v1/health_service.js';
export {
  AttachedProcess,
  AttachRole,
  Handover,
  Holder,
  Lease,
  LeaseEnd,
  LeaseLiveness,
  LeaseMode,
  LeaseState,
} from './gen/tenure/lease/v1/lease.js';
export {
  AcquireLeaseRequest,
  AcquireLeaseResponse,
  AcquireResult,
  AttachCommand,
  AttachResult,
  BlockEdge,
  Blocker,
  CancelAcquire,
  CancelResult,
  ExplainResourceRequest,
  ExplainResourceResponse,
  GetLeaseRequest,
  GetLeaseResponse,
  HoldError,
  HoldEvent,
  HoldLeasesRequest,
  HoldLeasesResponse,
  HoldOperation,
  HoldResult,
  LeaseContended,
  LeaseEnded,
  LeaseEvent,
  LeaseEventType,
  LeaseFilter,
  LeaseGranted,
  LeaseHeld,
  LeaseInherited,
  LeaseLost,
  LeaseWish,
  ListLeasesRequest,
  ListLeasesResponse,
  PriorHolding,
  QueueUpdate,
  ReleaseLeaseRequest,
  ReleaseLeaseResponse,
  RenewLeaseRequest,
  RenewLeaseResponse,
  ResumeLease,
  RevokeLeasesRequest,
  RevokeLeasesResponse,
  StrayProcess,
  Waiter,
  WatchLeasesRequest,
  WatchLeasesResponse,
} from './gen/tenure/lease/v1/lease_service.js';
export type { HeldLease, HoldState, LeaseScope } from './held_lease.js';
export type { AcquireOutcome, Hold, ReleaseOutcome } from './hold.js';
export { describeEnd } from './lease_end.js';
export type { LeaseOptions, Mode, Wish } from './lease_options.js';
export { resourceName } from './resource_name.js';
