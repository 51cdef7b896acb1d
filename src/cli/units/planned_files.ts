import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { daemonCommand } from '../connection.js';
import { LAUNCHD_LABEL, launchdPlist } from './launchd_rules.js';
import { SERVICE, SOCKET, serviceUnit, socketUnit, type UnitChoice } from './systemd_rules.js';
import { launchdFile, type Scope, systemctl, systemdFiles } from './unit_files.js';

/** What `tenure daemon install` does, before it does it. */
export interface InstallPlan {
  readonly files: readonly { readonly path: string; readonly content: string }[];
  /** What an earlier install wrote and this one does not. */
  readonly obsolete: readonly string[];
  /** Commands that a person runs next. */
  readonly next: readonly string[];
}

/** Of the caller's environment: where the daemon keeps its state, and where it finds programs. */
const KEPT = {
  user: ['PATH', 'TENURE_STATE_DIR', 'TENURE_CONFIG', 'XDG_STATE_HOME', 'XDG_CONFIG_HOME'],
  // The rest is the caller's own, not the machine's.
  system: ['TENURE_STATE_DIR', 'TENURE_CONFIG'],
} as const;

export function planSystemd(scope: Scope, socketActivation: boolean, daemonRuns: boolean): InstallPlan {
  const { service, socket } = systemdFiles(scope);
  const { command, args } = daemonCommand();
  const names = socketActivation ? KEPT[scope] : [...KEPT[scope], 'TENURE_SOCKET'];
  const choice: UnitChoice = {
    scope,
    socketActivation,
    command: [command, ...args],
    environment: keptEnvironment(names),
  };
  const unit = { path: service.path, content: serviceUnit(choice) };
  const ctl = systemctl(scope);
  return {
    files: socketActivation ? [unit, { path: socket.path, content: socketUnit(choice) }] : [unit],
    obsolete: socketActivation ? [] : [socket.path],
    next: [
      `${ctl} daemon-reload`,
      ...(daemonRuns ? ['tenure daemon stop'] : []),
      `${ctl} enable --now ${socketActivation ? SOCKET : SERVICE}`,
      ...(scope === 'user' ? ['loginctl enable-linger   # to have it run while nobody is logged in'] : []),
    ],
  };
}

export function planLaunchd(): InstallPlan {
  const { command, args } = daemonCommand();
  const path = launchdFile();
  const content = launchdPlist({
    command: [command, ...args],
    environment: keptEnvironment([...KEPT.user, 'TENURE_SOCKET']),
    errorPath: join(homedir(), 'Library', 'Logs', 'tenured.log'),
  });
  return { files: [{ path, content }], obsolete: [], next: [`launchctl bootstrap gui/$(id -u) '${path}'`] };
}

/** What ends an installation, after its files are gone. */
export function nextAfterUninstall(scope: Scope): readonly string[] {
  const ctl = systemctl(scope);
  return [`${ctl} stop ${SOCKET} ${SERVICE}`, `${ctl} daemon-reload`];
}

export function nextAfterLaunchd(): readonly string[] {
  return [`launchctl bootout gui/$(id -u)/${LAUNCHD_LABEL}`];
}

/** Supervisors start the daemon with a poor PATH; sources of secrets and hooks are found by it. */
function keptEnvironment(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      const kept = value !== undefined && (name === 'PATH' ? value !== '' : isAbsolute(value));
      return kept ? [[name, value]] : [];
    }),
  );
}
