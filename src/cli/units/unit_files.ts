import { userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { LAUNCHD_LABEL } from './launchd_rules.js';
import { SERVICE, SOCKET } from './systemd_rules.js';

export type Scope = 'user' | 'system';

/** Where systemd looks for units of this scope that people have written. */
export function systemdFolder(scope: Scope, environment: NodeJS.ProcessEnv = process.env): string {
  if (scope === 'system') return '/etc/systemd/system';
  const config = environment['XDG_CONFIG_HOME'];
  const base = config !== undefined && isAbsolute(config) ? config : join(userInfo().homedir, '.config');
  return join(base, 'systemd', 'user');
}

/** The files of the units, and the links by which systemd knows that they are enabled. */
export function systemdFiles(scope: Scope, environment: NodeJS.ProcessEnv = process.env) {
  const folder = systemdFolder(scope, environment);
  const target = scope === 'user' ? 'default.target' : 'multi-user.target';
  return {
    folder,
    service: { path: join(folder, SERVICE), enabled: join(folder, `${target}.wants`, SERVICE) },
    socket: { path: join(folder, SOCKET), enabled: join(folder, 'sockets.target.wants', SOCKET) },
  };
}

export function launchdFile(): string {
  return join(userInfo().homedir, 'Library', 'LaunchAgents', `${LAUNCHD_LABEL}.plist`);
}

/** `systemctl`, as one says it for this scope. */
export function systemctl(scope: Scope): string {
  return scope === 'user' ? 'systemctl --user' : 'systemctl';
}
