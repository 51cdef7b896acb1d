import { readFileSync, readlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { ExitCode, StartFailure } from './start_failure.js';

/** The first descriptor that systemd passes. */
const FIRST_FD = 3;

export interface ActivatedSocket {
  readonly server: Server;
  /** Where it is bound; empty where the kernel does not say. */
  readonly path: string;
}

/** Whether systemd has passed sockets to this very process; the variables are taken away so that children don't think so. */
export function isActivated(environment: NodeJS.ProcessEnv, pid: number): boolean {
  const count = environment['LISTEN_PID'] === String(pid) ? Number(environment['LISTEN_FDS'] ?? '0') : 0;
  delete environment['LISTEN_PID'];
  delete environment['LISTEN_FDS'];
  delete environment['LISTEN_FDNAMES'];
  if (count > 1) {
    throw new StartFailure(
      ExitCode.CONFIG,
      `systemd passed ${count} sockets; the socket unit must have one ListenStream=`,
    );
  }
  return count === 1;
}

/** Listens on the socket that systemd made: it stays systemd's, and is neither replaced nor taken away. */
export async function openActivatedSocket(): Promise<ActivatedSocket> {
  const path = pathOfDescriptor(FIRST_FD);
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ fd: FIRST_FD }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return { server, path };
}

function pathOfDescriptor(fd: number): string {
  const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1];
  if (inode === undefined) throw new StartFailure(ExitCode.CONFIG, `descriptor ${fd} from systemd is not a socket`);
  // Num RefCount Protocol Flags Type St Inode Path
  for (const line of readFileSync('/proc/net/unix', 'utf8').split('\n')) {
    const fields = line.trim().split(/\s+/);
    if (fields[6] === inode) return fields.slice(7).join(' ');
  }
  throw new StartFailure(
    ExitCode.CONFIG,
    'the socket from systemd is not a Unix socket; use ListenStream= with a path',
  );
}
