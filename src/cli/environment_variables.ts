/** A variable that a person may set. */
export interface EnvironmentVariable {
  readonly name: string;
  readonly readBy: string;
  readonly text: string;
}

/** What docs/configuration.md, tenure(1) and the doctor know of the environment. */
export const ENVIRONMENT_VARIABLES: readonly EnvironmentVariable[] = [
  { name: 'TENURE_SOCKET', readBy: 'daemon, clients', text: 'path of the socket' },
  { name: 'TENURE_STATE_DIR', readBy: 'daemon, clients', text: 'the state folder, used as it is' },
  { name: 'TENURE_CONFIG', readBy: 'daemon', text: 'path of the configuration' },
  { name: 'TENURE_AUTOSTART', readBy: 'clients', text: '`0`: do not start a daemon on demand' },
  {
    name: 'TENURE_LEASES',
    readBy: 'clients',
    text: 'inherit tokens, set by `tenure run` and `@tenure/client` for children',
  },
  {
    name: 'TENURE_TOKEN',
    readBy: 'command line',
    text: 'the owner token for `tenure lease renew` and `release`',
  },
  {
    name: 'TENURE_READY_FD',
    readBy: 'daemon',
    text: 'writes one JSON line to this file descriptor when it serves, or says why not',
  },
];
