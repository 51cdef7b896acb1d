import type { TenureError } from '@tenure/client';

/** What to do next, by the reason; none where the message says it. */
export const HINTS: Partial<Record<TenureError['reason'], string>> = {
  UNSPECIFIED: "a later daemon's reason, or an earlier daemon: 'tenure doctor' compares the versions",
  // That it can be started is in the message, where it can.
  UNREACHABLE: "'tenure doctor' says what is wrong, 'tenure daemon logs' why it ended, or did not start",
  SHUTTING_DOWN: 'try again in a moment',
  DEADLOCK: 'take all resources in one command, or in the same order everywhere',
  WRONG_TOKEN: 'give the owner token that the acquire printed',
  LEASE_ENDED: 'acquire anew',
  LEASE_NOT_FOUND: "see what there is with 'tenure lease list'",
  COMPACTED: 'watch without --after, which begins with a snapshot',
  VAULT_NOT_INITIALIZED: "run 'tenure secret init' once; secrets whose source is elsewhere are named in it, too",
  SECRET_NOT_FOUND: "see what there is with 'tenure secret list'",
  SECRET_EXISTS: "change it with 'tenure secret update', or delete it before with 'tenure secret rm'",
  SOURCE_FAILED: "mend the source, and try again; of a secret, 'tenure secret list' says where it comes from",
  NO_ROTATION: "give it a command with 'tenure secret update NAME --rotate COMMAND'",
  ROTATION_FAILED: 'run its command by hand: the daemon throws away what it writes to standard error',
  SECRETS_SEALED: "'tenure health' says why, 'tenure audit --action secret' what happened before",
  VAULT_NOT_WRITTEN: "'tenure daemon logs' has the error; the vault is as it was before",
  ENV_FILE_INVALID: "write one with 'tenure secret env'",
  CONFIG_INVALID: 'mend it: no daemon starts with it, and one that runs keeps the configuration that it has',
  RECONCILING: "'tenure daemon logs' says what keeps the daemon from taking its sessions up",
  SESSION_NOT_FOUND: "see what there is with 'tenure session list --ended'",
  SESSION_AMBIGUOUS: "give more of the id; 'tenure session list --ended' shows as much as it takes",
  SESSION_ENDED: "go on with it by 'tenure session resume', or launch anew",
  ADAPTER_UNAVAILABLE: "'tenure session adapters' lists what there is",
  LAUNCH_FAILED: 'nothing of it is left',
  FUSE_NOT_FOUND: "see what there is with 'tenure fuse list'",
  NOT_SUPPORTED: "'tenure session status' says what kind of session it is",
  TASK_NOT_FOUND: "see what there is with 'tenure task list'",
  TASK_RUN_NOT_FOUND: "see what there is with 'tenure task history'",
  AGENT_NOT_FOUND:
    "see what there is with 'tenure agent list'; a change of the configuration takes 'tenure daemon reload'",
  PODMAN_UNAVAILABLE: "install podman, or mend it: 'podman info' says how it is",
};
