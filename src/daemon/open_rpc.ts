import type { Logger } from 'pino';
import { hostName } from '../os/boot.js';
import type { CallWatch } from '../rpc/call_watch.js';
import { Peers } from '../rpc/peers.js';
import { RpcServer } from '../rpc/server.js';
import { sessionOf } from '../session/stopping/marked_processes.js';
import type { EventSink } from '../telemetry/events.js';
import type { LiveConfig } from './config/live_config.js';
import { roleOf } from './peer_roles.js';
import { denied } from './told_faults.js';

export interface RpcParts {
  readonly log: Logger;
  readonly live: LiveConfig;
  readonly ownUid: number;
  readonly bootId: string;
  readonly events: EventSink;
  /** Undefined: nobody follows the calls. */
  readonly watch: CallWatch | undefined;
}

/** The server, which knows its peers by the kernel's word and their roles by the configuration in force. */
export function openRpc({ log, live, ownUid, bootId, events, watch }: RpcParts): RpcServer {
  return new RpcServer({
    peers: new Peers({
      host: hostName(),
      bootId,
      roleOf: (uid, gid, process) => {
        const inSession = process !== undefined && sessionOf(process.pid) !== undefined;
        return roleOf({ uid, gid, inSession }, ownUid, live.current.peers);
      },
    }),
    log,
    limits: { maxConnections: live.current.leases.limits.connections },
    onDenied: (path, peer) => events.emit(denied(path, peer)),
    watch,
  });
}
