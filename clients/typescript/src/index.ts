export type { Audit, ListAuditEntriesFields, WatchAuditEntriesOptions } from './audit.js';
export type { CallOptions, Fields } from './call_options.js';
export type {
  AcquireLeaseFields,
  Client,
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
  AuditActor,
  AuditEntry,
  AuditFilter,
  ListAuditEntriesRequest,
  ListAuditEntriesResponse,
  WatchAuditEntriesRequest,
  WatchAuditEntriesResponse,
} from './gen/tenure/audit/v1/audit_service.js';
export {
  DaemonPhase,
  DaemonStatus,
  GetStatusRequest,
  GetStatusResponse,
  HeartbeatStatus,
  LastExit,
  LeaseStatus,
  SecretStatus,
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
export {
  EnvFile,
  Revocation,
  Rotation,
  RotationOutcome,
  Secret,
  SecretCommands,
  SecretLeaseTarget,
} from './gen/tenure/secret/v1/secret.js';
export {
  BindEnvFileRequest,
  BindEnvFileResponse,
  DeleteSecretRequest,
  DeleteSecretResponse,
  ForgetRevocationRequest,
  ForgetRevocationResponse,
  InitVaultRequest,
  InitVaultResponse,
  KillSwitchFailure,
  KillSwitchRequest,
  KillSwitchResponse,
  LeaseSecretRequest,
  LeaseSecretResponse,
  ListRevocationsRequest,
  ListRevocationsResponse,
  ListSecretsRequest,
  ListSecretsResponse,
  PutSecretRequest,
  PutSecretResponse,
  RevokeSecretLeasesRequest,
  RevokeSecretLeasesResponse,
  RotateSecretRequest,
  RotateSecretResponse,
  UpdateSecretRequest,
  UpdateSecretResponse,
} from './gen/tenure/secret/v1/secret_service.js';
export type { HeldLease, HoldState, LeaseScope } from './held_lease.js';
export type { AcquireOutcome, Hold, ReleaseOutcome } from './hold.js';
export { describeEnd } from './lease_end.js';
export type { LeaseOptions, Mode, Wish } from './lease_options.js';
export { resourceName } from './resource_name.js';
export type { PutSecretFields, Secrets, UpdateSecretFields } from './secrets.js';
