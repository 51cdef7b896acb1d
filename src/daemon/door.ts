import { statSync } from 'node:fs';
import type { Server } from 'node:net';
import { dirname } from 'node:path';
import type { WarningRegistry } from '../health/warning_registry.js';
import type { EventSink } from '../telemetry/events.js';
import type { SocketPlace } from './paths.js';
import { openActivatedSocket } from './socket_activation.js';
import { SocketKeeper } from './socket_keeper.js';

export interface DoorOptions {
  /** Whether systemd has made the socket and passed it on. */
  readonly activated: boolean;
  readonly places: readonly [SocketPlace, ...SocketPlace[]];
  readonly ownUid: number;
  /** Whether other users are configured as peers. */
  readonly shared: boolean;
  readonly adopt: (server: Server) => Promise<void>;
  readonly onMoved: (path: string) => void;
  readonly warnings: WarningRegistry;
  readonly events: EventSink;
}

/** The one way into the daemon. */
export interface Door {
  readonly path: string;
  readonly replacedStale: boolean;
  /** Nobody else comes in; connections that stand go on. */
  close(): Promise<void>;
}

export async function openDoor(options: DoorOptions): Promise<Door> {
  const door = options.activated ? await openActivated(options) : await openOwn(options);
  if (options.shared) warnIfClosedToOthers(door.path, options.warnings);
  return door;
}

async function openActivated({ adopt }: DoorOptions): Promise<Door> {
  const { server, path } = await openActivatedSocket();
  await adopt(server);
  return {
    path,
    replacedStale: false,
    close: async () => {
      server.close();
    },
  };
}

async function openOwn(options: DoorOptions): Promise<Door> {
  const { places, ownUid, shared, adopt, onMoved, warnings, events } = options;
  return await SocketKeeper.open({
    places,
    ownUid,
    shared,
    adopt,
    onHealed: (path) => {
      events.emit({ action: 'daemon.socket_healed', level: 'warn', success: true, metadata: { socketPath: path } });
      onMoved(path);
    },
    onTrouble: (message) => {
      if (message === undefined) {
        warnings.clear('socket-lost');
        return;
      }
      const remedy = 'free the path of the socket; the daemon takes it again by itself';
      if (!warnings.raise('socket-lost', { message: `new clients cannot reach the daemon: ${message}`, remedy }))
        return;
      events.emit({ action: 'daemon.socket_lost', level: 'error', success: false, metadata: { message } });
    },
  });
}

function warnIfClosedToOthers(path: string, warnings: WarningRegistry): void {
  const folder = dirname(path);
  if (((statSync(folder, { throwIfNoEntry: false })?.mode ?? 0) & 0o001) !== 0) return;
  warnings.raise('peers-shut-out', {
    message: `other users are configured as peers, but cannot enter ${folder}, where the socket is`,
    remedy: 'set `socket` to a path in a folder that they can enter, and restart the daemon',
  });
}
