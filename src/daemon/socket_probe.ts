import { lstatSync } from 'node:fs';
import { connect } from 'node:net';
import { errnoOf } from '../os/errno.js';
import { peerCredentials, socketFd } from '../os/peer_credentials.js';

/** What a path names, as precisely as the file system can say. */
export interface FileIdentity {
  readonly dev: bigint;
  readonly ino: bigint;
}

/** What is at the place of the socket. */
export type Occupant =
  | { readonly kind: 'nothing' }
  /** A socket of ours that nobody listens on. */
  | { readonly kind: 'stale'; readonly identity: FileIdentity }
  /** Somebody listens; its pid where the kernel tells. */
  | { readonly kind: 'live'; readonly pid: number | undefined }
  | { readonly kind: 'not-a-socket' }
  | { readonly kind: 'foreign'; readonly uid: number };

export function sameFile(a: FileIdentity, b: FileIdentity): boolean {
  return a.dev === b.dev && a.ino === b.ino;
}

/** The file at a path, links not followed. */
export function identify(
  path: string,
): (FileIdentity & { readonly uid: number; readonly isSocket: boolean }) | undefined {
  const facts = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (facts === undefined) return undefined;
  return { dev: facts.dev, ino: facts.ino, uid: Number(facts.uid), isSocket: facts.isSocket() };
}

/** Looks who is there by connecting: whoever does not refuse is alive, though he may be stopped or busy. */
export async function probeSocket(path: string, ownUid: number): Promise<Occupant> {
  const found = identify(path);
  if (found === undefined) return { kind: 'nothing' };
  if (!found.isSocket) return { kind: 'not-a-socket' };
  if (found.uid !== ownUid) return { kind: 'foreign', uid: found.uid };
  return await new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      const fd = socketFd(socket);
      const pid = fd === undefined ? 0 : peerCredentials(fd).pid;
      socket.destroy();
      resolve({ kind: 'live', pid: pid === 0 ? undefined : pid });
    });
    socket.once('error', (error) => {
      switch (errnoOf(error)) {
        case 'ECONNREFUSED':
          return resolve({ kind: 'stale', identity: found });
        case 'ENOENT':
          return resolve({ kind: 'nothing' });
        // A datagram socket is somebody else's.
        case 'EPROTOTYPE':
          return resolve({ kind: 'not-a-socket' });
        // A full backlog (EAGAIN) or a socket closed to us (EACCES) has somebody behind it.
        default:
          return resolve({ kind: 'live', pid: undefined });
      }
    });
  });
}
