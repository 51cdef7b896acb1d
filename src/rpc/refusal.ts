import { status } from '@grpc/grpc-js';
import type { ErrorReason } from '@tenure/client/gen/tenure/error/v1/error';

/** The closed list of reasons by name: `DEADLOCK`, `WRONG_TOKEN`, … */
export type Reason = Exclude<keyof typeof ErrorReason, 'UNSPECIFIED' | 'UNRECOGNIZED'>;

/** The one status that each reason comes with, as tenure/error/v1/error.proto says. */
const STATUS_OF: Readonly<Record<Reason, status>> = {
  INVALID_FIELD: status.INVALID_ARGUMENT,
  TTL_OUT_OF_RANGE: status.INVALID_ARGUMENT,
  CAPACITY_MISMATCH: status.FAILED_PRECONDITION,
  INHERIT_MODE_MISMATCH: status.FAILED_PRECONDITION,
  DEADLOCK: status.FAILED_PRECONDITION,
  WRONG_TOKEN: status.PERMISSION_DENIED,
  LEASE_NOT_FOUND: status.NOT_FOUND,
  LEASE_ENDED: status.FAILED_PRECONDITION,
  REQUEST_ID_REUSED: status.INVALID_ARGUMENT,
  ROLE_DENIED: status.PERMISSION_DENIED,
  POLICY_DENIED: status.PERMISSION_DENIED,
  RESERVED_RESOURCE: status.INVALID_ARGUMENT,
  COMPACTED: status.OUT_OF_RANGE,
  FUTURE_REVISION: status.OUT_OF_RANGE,
  SLOW_WATCHER: status.RESOURCE_EXHAUSTED,
  STORE_FULL: status.RESOURCE_EXHAUSTED,
  STORE_FAILED: status.UNAVAILABLE,
  SHUTTING_DOWN: status.UNAVAILABLE,
  RECONCILING: status.UNAVAILABLE,
  UNREACHABLE: status.UNAVAILABLE,
  NOT_ATTACHABLE: status.FAILED_PRECONDITION,
  TOO_MANY: status.RESOURCE_EXHAUSTED,
  FOREIGN_SOCKET: status.FAILED_PRECONDITION,
  INTERNAL: status.INTERNAL,
  CANCELLED: status.CANCELLED,
  CONFIG_INVALID: status.INVALID_ARGUMENT,
  VAULT_NOT_INITIALIZED: status.FAILED_PRECONDITION,
  SECRET_NOT_FOUND: status.NOT_FOUND,
  SECRET_EXISTS: status.ALREADY_EXISTS,
  SOURCE_FAILED: status.FAILED_PRECONDITION,
  NO_ROTATION: status.FAILED_PRECONDITION,
  ROTATION_FAILED: status.FAILED_PRECONDITION,
  SECRETS_SEALED: status.FAILED_PRECONDITION,
  VAULT_NOT_WRITTEN: status.INTERNAL,
  ENV_FILE_INVALID: status.FAILED_PRECONDITION,
  SESSION_NOT_FOUND: status.NOT_FOUND,
  SESSION_AMBIGUOUS: status.FAILED_PRECONDITION,
  SESSION_ENDED: status.FAILED_PRECONDITION,
  ADAPTER_UNAVAILABLE: status.FAILED_PRECONDITION,
  LAUNCH_FAILED: status.FAILED_PRECONDITION,
  FUSE_NOT_FOUND: status.NOT_FOUND,
  NOT_SUPPORTED: status.FAILED_PRECONDITION,
  TASK_NOT_FOUND: status.NOT_FOUND,
  TASK_RUN_NOT_FOUND: status.NOT_FOUND,
  AGENT_NOT_FOUND: status.NOT_FOUND,
  PODMAN_UNAVAILABLE: status.FAILED_PRECONDITION,
  CLIENT_ID_IN_USE: status.FAILED_PRECONDITION,
};

/** An error that a caller is meant to see: a reason, and what to do. Nothing secret in it. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly reason: Reason;
  readonly metadata: Readonly<Record<string, string>>;

  constructor(reason: Reason, message: string, metadata: Readonly<Record<string, string>> = {}) {
    super(message);
    this.reason = reason;
    this.metadata = metadata;
  }

  get code(): status {
    return STATUS_OF[this.reason];
  }
}
