import { locateDaemon, understandEachOther } from '@tenure/client';
import { warn } from './output.js';
import { version } from './version.js';

/** Says, once a command, that the daemon on this socket is of a version that may not understand this one. */
export function warnOfSkew(socketPath: string): void {
  const { record } = locateDaemon();
  if (record?.version === undefined || record.socketPath !== socketPath) return;
  if (understandEachOther(version(), record.version)) return;
  warn(
    `tenure: this is tenure ${version()}, the daemon is ${record.version}, and they may not understand each other; ` +
      "'tenure daemon restart' starts the one of this version, and leases go on",
  );
}
