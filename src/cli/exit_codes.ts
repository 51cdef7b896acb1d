import type { Reason } from '@tenure/client';

/** From sysexits.h, where a number fits; scripts may rely on all of them. */
export const ExitCode = {
  OK: 0,
  /** A part of what was asked for failed, as the output says; or a scan, or the doctor, found something. */
  FAILED: 1,
  USAGE: 64,
  /** What was named is not there. */
  NO_INPUT: 66,
  UNREACHABLE: 69,
  INTERNAL: 70,
  /** What was to be printed could not be written. */
  OUTPUT: 74,
  HELD: 75,
  LOST: 76,
  DENIED: 77,
  CONFIG: 78,
  /** The command ran beyond its time limit; as timeout(1) says it. */
  TIMED_OUT: 124,
  NOT_EXECUTABLE: 126,
  NOT_FOUND: 127,
} as const;

/** The one place that turns an error's reason into an exit code. */
export function exitCodeOf(reason: Reason): number {
  switch (reason) {
    case 'INVALID_FIELD':
    case 'TTL_OUT_OF_RANGE':
    case 'CAPACITY_MISMATCH':
    case 'INHERIT_MODE_MISMATCH':
    case 'REQUEST_ID_REUSED':
    case 'RESERVED_RESOURCE':
    case 'FUTURE_REVISION':
    case 'COMPACTED':
    case 'NOT_ATTACHABLE':
    case 'SECRET_EXISTS':
    case 'NO_ROTATION':
    case 'ENV_FILE_INVALID':
    case 'SESSION_AMBIGUOUS':
    case 'SESSION_ENDED':
    case 'NOT_SUPPORTED':
      return ExitCode.USAGE;
    case 'UNREACHABLE':
    case 'SHUTTING_DOWN':
    case 'RECONCILING':
    case 'STORE_FULL':
    case 'STORE_FAILED':
    case 'TOO_MANY':
    case 'SLOW_WATCHER':
    case 'VAULT_NOT_WRITTEN':
    case 'ADAPTER_UNAVAILABLE':
    case 'LAUNCH_FAILED':
    case 'PODMAN_UNAVAILABLE':
      return ExitCode.UNREACHABLE;
    case 'VAULT_NOT_INITIALIZED':
    case 'SECRET_NOT_FOUND':
    case 'SESSION_NOT_FOUND':
    case 'FUSE_NOT_FOUND':
    case 'TASK_NOT_FOUND':
    case 'TASK_RUN_NOT_FOUND':
    case 'AGENT_NOT_FOUND':
      return ExitCode.NO_INPUT;
    case 'SOURCE_FAILED':
    case 'ROTATION_FAILED':
      return ExitCode.FAILED;
    // The resource, or the name, is somebody else's, and no wait is of use.
    case 'DEADLOCK':
    case 'CLIENT_ID_IN_USE':
      return ExitCode.HELD;
    case 'LEASE_NOT_FOUND':
    case 'LEASE_ENDED':
      return ExitCode.LOST;
    case 'WRONG_TOKEN':
    case 'ROLE_DENIED':
    case 'POLICY_DENIED':
    case 'FOREIGN_SOCKET':
    case 'SECRETS_SEALED':
      return ExitCode.DENIED;
    case 'CONFIG_INVALID':
      return ExitCode.CONFIG;
    case 'INTERNAL':
    case 'CANCELLED':
    // A newer daemon's reason.
    case 'UNSPECIFIED':
      return ExitCode.INTERNAL;
  }
}
