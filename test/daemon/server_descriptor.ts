import type { Server } from 'node:net';

/** The descriptor behind a listening server. */
export function socketFdOfServer(server: Server): number {
  const handle: unknown = Reflect.get(server, '_handle');
  const fd: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : undefined;
  if (typeof fd !== 'number') throw new Error('the server does not listen');
  return fd;
}
