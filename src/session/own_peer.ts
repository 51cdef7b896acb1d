import { hostName } from '../os/boot.js';
import { readStartTicks } from '../os/process_facts.js';
import type { Peer } from '../rpc/context.js';

/** The daemon itself, where it does by itself what others ask it for. */
export function ownPeer(uid: number, bootId: string): Peer {
  return {
    connectionId: 'daemon',
    uid,
    gid: process.getgid?.() ?? 0,
    role: 'operator',
    process: { pid: process.pid, startTicks: readStartTicks(process.pid) ?? 0 },
    host: hostName(),
    bootId,
    executable: process.execPath,
    script: '',
    cwd: '/',
  };
}
