import { randomInt } from 'node:crypto';
import { chmodSync, linkSync, lstatSync, mkdirSync, renameSync, unlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { errnoOf, messageOf } from '../os/errno.js';
import type { SocketPlace } from './paths.js';
import { type FileIdentity, identify, probeSocket, sameFile } from './socket_probe.js';
import { ExitCode, StartFailure } from './start_failure.js';

/** sun_path of sockaddr_un, less the closing zero. Longer ones are cut in silence by some versions of node. */
const MAX_PATH_BYTES = 107;

const MAX_BACKLOG = 4096;
const BIND_ATTEMPTS = 50;

export interface TakeoverOptions {
  readonly place: SocketPlace;
  readonly ownUid: number;
  /** Whether other users are configured as peers: they must be able to reach the socket; their credentials decide then. */
  readonly shared: boolean;
}

/** A listening socket at its final path. */
export interface BoundSocket {
  readonly server: Server;
  readonly path: string;
  readonly identity: FileIdentity;
  /** Whether a dead daemon's socket was in its place. */
  readonly replacedStale: boolean;
}

function refuse(message: string, cause?: unknown): StartFailure {
  return new StartFailure(ExitCode.CANNOT_CREATE, message, { cause });
}

export function checkSocketLength(path: string): void {
  const bytes = Buffer.byteLength(path);
  if (bytes > MAX_PATH_BYTES) {
    throw refuse(
      `the socket's path has ${bytes} bytes, the system allows ${MAX_PATH_BYTES}: ${path}; set TENURE_SOCKET to a shorter one`,
    );
  }
}

/** Makes the folder if it is missing, never its parents, and refuses one in which others could replace the socket. */
function prepareFolder({ place, ownUid, shared }: TakeoverOptions): void {
  const folder = dirname(place.path);
  try {
    mkdirSync(folder, { mode: 0o700 });
    if (shared && !place.ownFolder) chmodSync(folder, 0o711);
    return;
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') {
      throw refuse(`cannot create the socket's folder ${folder}: ${messageOf(error)}`, error);
    }
  }
  const facts = lstatSync(folder);
  if (facts.isSymbolicLink()) throw refuse(`the socket's folder ${folder} is a link; name the folder itself`);
  if (!facts.isDirectory()) throw refuse(`the socket's folder ${folder} is not a folder`);
  const othersFolder = facts.uid !== ownUid && (place.ownFolder || facts.uid !== 0);
  if (othersFolder) {
    throw refuse(
      `the socket's folder ${folder} belongs to uid ${facts.uid}; set TENURE_SOCKET to a path in one of yours`,
    );
  }
  if (place.ownFolder) {
    if ((facts.mode & 0o077) !== 0) chmodSync(folder, 0o700);
    return;
  }
  // In a sticky folder such as /tmp nobody can replace another's socket.
  if ((facts.mode & 0o022) !== 0 && (facts.mode & 0o1000) === 0) {
    throw refuse(`others may write in the socket's folder ${folder}; take that away (chmod go-w), or name another one`);
  }
}

/** Whoever listens there has another state folder, for this one's lock is ours: a tenured, or something else. */
function takenBy(pid: number | undefined, path: string): StartFailure {
  const who = pid === undefined ? 'another process' : `another process (pid ${pid})`;
  return new StartFailure(
    ExitCode.ALREADY_RUNNING,
    `${who} listens on ${path} already; end it, or set TENURE_SOCKET to another path`,
  );
}

/** Throws unless the place is free, or holds what a dead daemon of ours left; answers which. */
export async function checkPlace(path: string, ownUid: number): Promise<FileIdentity | undefined> {
  const occupant = await probeSocket(path, ownUid);
  switch (occupant.kind) {
    case 'nothing':
      return undefined;
    case 'stale':
      return occupant.identity;
    case 'live':
      throw takenBy(occupant.pid, path);
    case 'not-a-socket':
      throw refuse(`${path} is in the way of the socket and is not one; move it away, or set TENURE_SOCKET`);
    case 'foreign':
      throw refuse(`the socket ${path} belongs to uid ${occupant.uid}; set TENURE_SOCKET to a path of your own`);
    default:
      return occupant satisfies never;
  }
}

/** A name in the same folder, no longer than the socket's own, so that the limit of the path holds for both. */
function temporaryName(path: string): string {
  const length = Math.min(9, Buffer.byteLength(basename(path)));
  let name = length > 1 ? '.' : '';
  while (name.length < length) name += randomInt(36).toString(36);
  return join(dirname(path), name);
}

async function listenAt(path: string): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ path, backlog: MAX_BACKLOG }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return server;
}

async function listenAtTemporary(path: string): Promise<{ server: Server; temporary: string }> {
  for (let attempt = 1; ; attempt += 1) {
    const temporary = temporaryName(path);
    try {
      return { server: await listenAt(temporary), temporary };
    } catch (error) {
      if (errnoOf(error) !== 'EADDRINUSE' || attempt === BIND_ATTEMPTS) {
        throw refuse(`cannot make a socket in ${dirname(path)}: ${messageOf(error)}`, error);
      }
    }
  }
}

/**
 * Listens at the path without a moment in which there is no socket. The caller
 * holds the lock of its state folder. What is live, another user's, or no
 * socket is left alone.
 */
export async function takeSocket(options: TakeoverOptions): Promise<BoundSocket> {
  const { path } = options.place;
  checkSocketLength(path);
  prepareFolder(options);
  const { server, temporary } = await listenAtTemporary(path);
  try {
    chmodSync(temporary, options.shared ? 0o666 : 0o600);
    const stale = await checkPlace(path, options.ownUid);
    if (stale === undefined) {
      // link(2) fails where somebody else was faster; rename(2) would push him out.
      linkSync(temporary, path);
      unlinkSync(temporary);
    } else {
      const now = identify(path);
      if (now === undefined || !sameFile(now, stale))
        throw refuse(`${path} changed while it was taken over; try again`);
      renameSync(temporary, path);
    }
    const identity = identify(path);
    if (identity === undefined) throw refuse(`${path} vanished while it was taken over; try again`);
    return { server, path, identity, replacedStale: stale !== undefined };
  } catch (error) {
    server.close();
    unlinkQuietly(temporary);
    if (errnoOf(error) === 'EEXIST')
      throw refuse(`${path} was taken by somebody else at the same moment; try again`, error);
    throw error;
  }
}

function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

/** Takes the socket away unless it is no longer ours. */
export function removeSocket({ path, identity }: Pick<BoundSocket, 'path' | 'identity'>): void {
  const now = identify(path);
  if (now !== undefined && sameFile(now, identity)) unlinkQuietly(path);
}
