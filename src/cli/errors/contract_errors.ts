import type { Reason } from '@tenure/client';

/** A reason of the contract, as docs/errors.md has it. */
export interface ContractError {
  /** The gRPC status that it comes with. */
  readonly status: string;
  /** What it means, and what to do. */
  readonly text: string;
}

/** Every reason but the one that stands for those of newer daemons. */
export const CONTRACT_ERRORS: Readonly<Record<Exclude<Reason, 'UNSPECIFIED'>, ContractError>> = {
  INVALID_FIELD: {
    status: 'INVALID_ARGUMENT',
    text: 'a field is missing, malformed or out of its range; metadata `field` names it',
  },
  TTL_OUT_OF_RANGE: {
    status: 'INVALID_ARGUMENT',
    text: 'a TTL of zero, or beyond the maximum; ask for less, or change the policy',
  },
  CAPACITY_MISMATCH: {
    status: 'FAILED_PRECONDITION',
    text: 'live requests expect another capacity; use theirs, or fix one in the configuration',
  },
  INHERIT_MODE_MISMATCH: {
    status: 'FAILED_PRECONDITION',
    text: "the ancestor's lease is SHARED and the wish is EXCLUSIVE; let the ancestor take EXCLUSIVE",
  },
  DEADLOCK: {
    status: 'FAILED_PRECONDITION',
    text: 'waiting could never end; metadata `cycle` names who waits for whom',
  },
  WRONG_TOKEN: {
    status: 'PERMISSION_DENIED',
    text: 'the token was not issued here, or is an inherit token where an owner token is wanted',
  },
  LEASE_NOT_FOUND: { status: 'NOT_FOUND', text: 'no such lease; it ended long ago or never was' },
  LEASE_ENDED: { status: 'FAILED_PRECONDITION', text: 'the lease has ended; metadata `end` says how' },
  REQUEST_ID_REUSED: {
    status: 'INVALID_ARGUMENT',
    text: 'the request id was used with other parameters; make a new one',
  },
  ROLE_DENIED: {
    status: 'PERMISSION_DENIED',
    text: "the peer's role does not allow the call; see `peers` in the configuration",
  },
  POLICY_DENIED: { status: 'PERMISSION_DENIED', text: "a policy's `allow` does not name this peer" },
  RESERVED_RESOURCE: { status: 'INVALID_ARGUMENT', text: '`secret/`, `session/` and `agent/` are kept for the daemon' },
  COMPACTED: {
    status: 'OUT_OF_RANGE',
    text: 'the history no longer reaches back so far; take a snapshot again (the client does)',
  },
  FUTURE_REVISION: {
    status: 'OUT_OF_RANGE',
    text: "the revision is ahead of this daemon's: it comes from another state folder",
  },
  SLOW_WATCHER: {
    status: 'RESOURCE_EXHAUSTED',
    text: 'the watcher fell out of the history; watch again and read faster',
  },
  STORE_FULL: { status: 'RESOURCE_EXHAUSTED', text: 'no room on the disk; releasing and revoking still work' },
  STORE_FAILED: { status: 'UNAVAILABLE', text: 'the disk failed; the daemon stops, see its log' },
  SHUTTING_DOWN: { status: 'UNAVAILABLE', text: 'the daemon is shutting down; the client connects again' },
  RECONCILING: { status: 'UNAVAILABLE', text: 'sessions are being reconciled; try again soon' },
  UNREACHABLE: {
    status: 'UNAVAILABLE',
    text: 'no daemon answers; made by clients. With `maybe_done` in the metadata: its answer to a call that must not be made twice was lost; look whether it was done',
  },
  NOT_ATTACHABLE: {
    status: 'FAILED_PRECONDITION',
    text: 'the process is gone, not yours, or in another pid namespace',
  },
  TOO_MANY: {
    status: 'RESOURCE_EXHAUSTED',
    text: 'a limit of the configuration is reached: leases, waiters, watches or connections',
  },
  FOREIGN_SOCKET: {
    status: 'FAILED_PRECONDITION',
    text: 'the socket or its folder is not your own; nothing was sent. Made by clients',
  },
  INTERNAL: { status: 'INTERNAL', text: "a fault of the daemon's own; its log has the id from the metadata" },
  CANCELLED: { status: 'CANCELLED', text: 'the call or the wait was cancelled' },
  CONFIG_INVALID: {
    status: 'INVALID_ARGUMENT',
    text: 'the configuration is wrong; the message has every fault with its line',
  },
  VAULT_NOT_INITIALIZED: {
    status: 'FAILED_PRECONDITION',
    text: 'there is no vault yet; make one with `tenure secret init`',
  },
  SECRET_NOT_FOUND: { status: 'NOT_FOUND', text: 'no secret has this name; see `tenure secret list`' },
  SECRET_EXISTS: { status: 'ALREADY_EXISTS', text: 'a secret has this name; update it, or delete it before' },
  SOURCE_FAILED: {
    status: 'FAILED_PRECONDITION',
    text: 'the source gave no value; metadata `source` names it, `cause` is `missing`, `unreadable`, `failed`, `timeout`, `too-large` or `empty`',
  },
  NO_ROTATION: { status: 'FAILED_PRECONDITION', text: 'the secret has no rotate command; update it with one' },
  ROTATION_FAILED: {
    status: 'FAILED_PRECONDITION',
    text: 'the rotate command failed and the old value stands; the message says how it failed',
  },
  SECRETS_SEALED: {
    status: 'FAILED_PRECONDITION',
    text: 'no secret is lent now: the kill switch is at work, or the heartbeat has failed and not come back; see `tenure health`',
  },
  VAULT_NOT_WRITTEN: {
    status: 'INTERNAL',
    text: "the vault could not be written and is as it was before; see the daemon's log",
  },
  ENV_FILE_INVALID: {
    status: 'FAILED_PRECONDITION',
    text: "the file is not the caller's own, or does not begin with the marker",
  },
  SESSION_NOT_FOUND: { status: 'NOT_FOUND', text: 'no session has this id; list them' },
  SESSION_AMBIGUOUS: {
    status: 'FAILED_PRECONDITION',
    text: 'several sessions begin with this; metadata `matches` names them, give more of the id',
  },
  SESSION_ENDED: { status: 'FAILED_PRECONDITION', text: 'the session has ended; resume it, or launch anew' },
  ADAPTER_UNAVAILABLE: {
    status: 'FAILED_PRECONDITION',
    text: 'no adapter has this name, or its program is not installed',
  },
  LAUNCH_FAILED: {
    status: 'FAILED_PRECONDITION',
    text: 'the session could not be set up, as the message says; nothing of it is left',
  },
  FUSE_NOT_FOUND: { status: 'NOT_FOUND', text: 'no fuse has this id; it may have gone off' },
  NOT_SUPPORTED: { status: 'FAILED_PRECONDITION', text: "the session's adapter can't do this" },
  TASK_NOT_FOUND: { status: 'NOT_FOUND', text: 'no task has this name' },
  TASK_RUN_NOT_FOUND: { status: 'NOT_FOUND', text: 'no run has this id; it may be too old to be kept' },
  AGENT_NOT_FOUND: {
    status: 'NOT_FOUND',
    text: 'no agent of this name is configured; `tenure agent list` shows those that are',
  },
  PODMAN_UNAVAILABLE: {
    status: 'FAILED_PRECONDITION',
    text: 'there is no podman, or it does not work; the message says what is missing',
  },
  CLIENT_ID_IN_USE: {
    status: 'FAILED_PRECONDITION',
    text: 'another process that lives has the lease of this client id, and `refuse_in_use` was asked for; take another id',
  },
};
