import { resolve } from 'node:path';
import { crashesAgain, heldBack } from './crash_hold_back.js';
import { type DaemonRecord, locateDaemon } from './discovery.js';
import { type TenureError, unreachable } from './errors.js';
import { startTicksOf } from './process_start.js';

/** Why nothing starts a daemon: nobody asked for it, or TENURE_AUTOSTART=0 forbids it. */
export type NoStart = 'not-asked' | 'forbidden';

/** The error of a socket on which nobody answers, with the way out that fits. */
export function noDaemon(socketPath: string, noStart?: NoStart): TenureError {
  const crashed = heldBack(lastRecord());
  if (crashed !== undefined) {
    return crashesAgain(crashed);
  }
  const wayOut =
    noStart === 'forbidden'
      ? 'TENURE_AUTOSTART=0 keeps this from starting it; start it with `tenure daemon start`'
      : 'start it with `tenure daemon start`';
  return daemonElsewhere(socketPath) ?? silent(socketPath, wayOut);
}

/** The error of a socket beside the one on which the user's daemon listens; undefined where none runs elsewhere. */
export function daemonElsewhere(socketPath: string): TenureError | undefined {
  const { pid, startTicks, socketPath: other } = lastRecord() ?? {};
  if (pid === undefined || other === undefined || resolve(other) === socketPath || startTicksOf(pid) !== startTicks) {
    return undefined;
  }
  const wayOut = process.env['TENURE_SOCKET'] ? 'take TENURE_SOCKET away, or stop that daemon' : 'stop that daemon';
  return silent(socketPath, `the daemon that runs (pid ${pid}) listens on ${other}: ${wayOut}`);
}

function silent(socketPath: string, wayOut: string): TenureError {
  return unreachable(`no daemon answers on ${socketPath}; ${wayOut}`, { metadata: { socket_path: socketPath } });
}

/** A user without a home has none. */
function lastRecord(): DaemonRecord | undefined {
  try {
    return locateDaemon().record;
  } catch {
    return undefined;
  }
}
