import { type PeerCredentials, peerCredentials, peerPidfd } from '../os/peer_credentials.js';
import { closeFd, hasEnded, openPidfd } from '../os/pidfd.js';
import { type ProcessFacts, readProcessFacts, readStartTicks } from '../os/process_facts.js';
import type { ProcessIdentity } from '../os/process_identity.js';
import type { Peer, Role } from './context.js';

export interface PeersOptions {
  readonly host: string;
  readonly bootId: string;
  /** Undefined: this user may do nothing here. The process is as it is seen from here, also of another pid namespace. */
  readonly roleOf: (uid: number, gid: number, process: ProcessIdentity | undefined) => Role | undefined;
}

/** What came of asking the kernel about a connection. */
export type Identified =
  | { readonly admitted: true; readonly peer: Peer }
  | { readonly admitted: false; readonly credentials: PeerCredentials };

/** Tells who is at the other end of a connection, by the kernel's word alone. */
export class Peers {
  readonly #options: PeersOptions;

  constructor(options: PeersOptions) {
    this.#options = options;
  }

  identify(connectionId: string, fd: number): Identified {
    const credentials = peerCredentials(fd);
    const { uid, gid, pid } = credentials;
    const known = readProcess(fd, pid);
    const role = this.#options.roleOf(uid, gid, known?.seen);
    if (role === undefined) return { admitted: false, credentials };
    const peer: Peer = {
      connectionId,
      uid,
      gid,
      role,
      process: known?.identity,
      host: this.#options.host,
      bootId: this.#options.bootId,
      executable: known?.facts.executable ?? '',
      script: known?.facts.script ?? '',
      cwd: known?.facts.cwd ?? '',
    };
    return { admitted: true, peer };
  }
}

interface KnownProcess {
  readonly seen: ProcessIdentity;
  /** Undefined where the pid means another process in the peer's own namespace. */
  readonly identity: ProcessIdentity | undefined;
  readonly facts: ProcessFacts;
}

/**
 * A pid is only a number: between the connection and this look the process
 * may have ended and another got its pid. So the facts are read first, and
 * count only if the process that a pidfd stands for still lives afterwards.
 */
function readProcess(fd: number, pid: number): KnownProcess | undefined {
  if (pid === 0) return undefined;
  const pidfd = peerPidfd(fd) ?? openIfPossible(pid);
  if (pidfd === 'gone') return undefined;
  try {
    const facts = readProcessFacts(pid);
    const startTicks = readStartTicks(pid);
    if (facts === undefined || startTicks === undefined) return undefined;
    if (pidfd !== undefined && hasEnded(pidfd)) return undefined;
    const seen = { pid, startTicks };
    return { seen, identity: facts.inOurPidNamespace ? seen : undefined, facts };
  } finally {
    if (pidfd !== undefined) closeFd(pidfd);
  }
}

function openIfPossible(pid: number): number | undefined {
  try {
    return openPidfd(pid);
  } catch {
    // Out of descriptors, or a kernel without them: the start time alone must do.
    return undefined;
  }
}
