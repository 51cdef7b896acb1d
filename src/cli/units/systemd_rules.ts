import { environmentWord, execWord } from './unit_words_rules.js';

export const SERVICE = 'tenured.service';
export const SOCKET = 'tenured.socket';

/** What a unit is written for. */
export interface UnitChoice {
  /** One for the machine, which root's systemd runs, or one of a user. */
  readonly scope: 'user' | 'system';
  /** Whether systemd holds the socket and starts the daemon on the first connection. */
  readonly socketActivation: boolean;
  /** Node, and the daemon's program; absolute. */
  readonly command: readonly string[];
  /** Variables that the daemon must have, such as TENURE_STATE_DIR. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Where the socket of the machine's daemon is; of a user's, systemd's name for $XDG_RUNTIME_DIR. */
const SOCKET_PATH = { user: '%t/tenure/tenure.sock', system: '/run/tenure/tenure.sock' } as const;

/** The service; each line that a reader would wonder about says why it is there. */
export function serviceUnit(choice: UnitChoice): string {
  const { scope, socketActivation, command, environment } = choice;
  const variables = Object.entries({
    ...(scope === 'system' && !socketActivation ? { TENURE_SOCKET: SOCKET_PATH.system } : {}),
    ...environment,
  }).map(([name, value]) => `Environment=${environmentWord(`${name}=${value}`)}`);
  return lines([
    '# Written by tenure daemon install; what is changed here is lost at the next one. Use: systemctl edit',
    '[Unit]',
    'Description=Tenure: leases, secrets, sessions and health of this machine',
    'Documentation=man:tenure(1)',
    ...(socketActivation ? [`Requires=${SOCKET}`, `After=${SOCKET}`] : []),
    '# A daemon that crashes again and again is left down for a person to look at.',
    'StartLimitIntervalSec=300',
    'StartLimitBurst=5',
    '',
    '[Service]',
    'Type=exec',
    `ExecStart=${command.map(execWord).join(' ')}`,
    'ExecReload=/bin/kill -HUP $MAINPID',
    ...variables,
    ...(scope === 'system' && !socketActivation ? ['RuntimeDirectory=tenure', 'RuntimeDirectoryMode=0755'] : []),
    'Restart=on-failure',
    '# Sooner than a client would start one of its own.',
    'RestartSec=200ms',
    '# Wrong usage, a folder or a store that a person must mend, another daemon, a wrong configuration.',
    'RestartPreventExitStatus=64 73 74 75 78',
    '',
    '# Sessions and commands under leases outlive the daemon: only the daemon itself is ended.',
    'KillMode=process',
    '# More than the daemon takes at most to end in order.',
    'TimeoutStopSec=30',
    '# Containers and agents make cgroups of their own below.',
    'Delegate=yes',
    '# The kernel may end an agent for want of memory; that is no reason to stop the daemon.',
    'OOMPolicy=continue',
    '# Agents and what they run count here.',
    'TasksMax=infinity',
    '',
    ...hardening(scope),
    '',
    '[Install]',
    ...(socketActivation ? [`Also=${SOCKET}`] : []),
    `WantedBy=${scope === 'user' ? 'default.target' : 'multi-user.target'}`,
  ]);
}

/** The socket that systemd holds while no daemon runs. */
export function socketUnit({ scope }: Pick<UnitChoice, 'scope'>): string {
  const modes =
    scope === 'user'
      ? ['DirectoryMode=0700', 'SocketMode=0600']
      : [
          'DirectoryMode=0755',
          '# Whoever connects is known by the kernel; only root, and whom `peers` of the configuration names, may do anything.',
          'SocketMode=0666',
        ];
  return lines([
    '# Written by tenure daemon install; what is changed here is lost at the next one. Use: systemctl edit',
    '[Unit]',
    'Description=Socket of Tenure',
    'Documentation=man:tenure(1)',
    '',
    '[Socket]',
    `ListenStream=${SOCKET_PATH[scope]}`,
    ...modes,
    'Backlog=4096',
    '# The socket stays where it is when the unit stops: clients that come back find it.',
    'RemoveOnStop=no',
    '',
    '[Install]',
    'WantedBy=sockets.target',
  ]);
}

/**
 * What may be taken from the daemon is taken from every session and every
 * command of a secret that it starts, too. docs/operations.md says of each
 * option that is not here what it would break.
 */
function hardening(scope: UnitChoice['scope']): readonly string[] {
  const always = [
    'UMask=0077',
    "# The daemon's memory has secrets: no core dumps. A session may raise its own limit.",
    'LimitCORE=0:infinity',
  ];
  if (scope === 'user') return always;
  return [
    ...always,
    '# Root in a session can neither load a module, write to raw memory and ports, set the clock, nor halt the machine by itself.',
    'CapabilityBoundingSet=~CAP_SYS_MODULE CAP_SYS_RAWIO CAP_SYS_TIME CAP_SYS_BOOT CAP_MAC_ADMIN CAP_MAC_OVERRIDE',
    '# Nor starve the machine at a realtime priority.',
    'RestrictRealtime=yes',
  ];
}

function lines(all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}
