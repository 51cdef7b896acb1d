import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Facts } from '../facts.js';
import { type Check, type Finding, fault, note, ok } from '../finding.js';
import { pathFacts } from './path_facts.js';
import { mayMakePrivate, modeText, socketFault, socketFolderFault } from './path_rules.js';

/** What the kernel takes. */
const LONGEST_PATH = 107;
const FOREIGN = 'no client connects to it: name a path in a folder of your own with TENURE_SOCKET or the key socket';

export const socketCheck: Check = {
  id: 'socket',
  looksAt: 'the socket and its folder: owner, modes, and whether they are there',
  examine(facts) {
    const path = facts.location.socketPath;
    const findings: Finding[] = [];
    const bytes = Buffer.byteLength(path);
    if (bytes > LONGEST_PATH) {
      return [
        fault(`${path} has ${bytes} bytes, the kernel takes ${LONGEST_PATH}`, 'set TENURE_SOCKET to a shorter path'),
      ];
    }
    const folder = pathFacts(dirname(path));
    const folderFault = folder && socketFolderFault(folder, facts.uid);
    if (folder !== undefined && folderFault !== undefined) {
      const remedy = mayMakePrivate(folder, facts.uid) ? `no client connects: chmod go-w ${dirname(path)}` : FOREIGN;
      findings.push(fault(`${dirname(path)} ${folderFault}`, remedy));
    }
    return [...findings, ...socketFindings(facts, path)];
  },
};

function socketFindings(facts: Facts, path: string): readonly Finding[] {
  const { running, location, uid } = facts;
  const named = location.record?.socketPath;
  if (running !== undefined && named !== undefined && named !== path) {
    const remedy = 'take TENURE_SOCKET away, or restart the daemon with it';
    return [fault(`the daemon listens on ${named}, and commands go to ${path}`, remedy)];
  }
  const socket = pathFacts(path);
  if (socket === undefined) {
    if (running === undefined) return [ok(`${path} is made by the next start`)];
    const remedy = 'the daemon makes it again within a second; where it does not: tenure daemon restart';
    return [fault(`${path} is gone, though the daemon runs`, remedy)];
  }
  const wrong = socketFault(socket, uid);
  if (wrong !== undefined) return [fault(`${path} ${wrong}`, FOREIGN)];
  if (running !== undefined) return [modeFinding(facts, path, socket.mode)];
  if (isListenedOn(path)) return [note(`systemd listens on ${path}, and starts the daemon`)];
  return [note(`${path} was left by a daemon that is gone; the next start replaces it`)];
}

function modeFinding({ examination }: Facts, path: string, mode: number): Finding {
  const peers = typeof examination === 'string' || examination.configuration.peers;
  if ((mode & 0o022) === 0 || peers) return ok(`${path}, mode ${modeText(mode)}`);
  return note(`${path} has mode ${modeText(mode)}: others may connect, and are refused, for no peers are configured`);
}

/** By the kernel's table, for connecting would start the daemon. A socket that a daemon has moved into its place has another name there. */
function isListenedOn(path: string): boolean {
  // Num RefCount Protocol Flags Type St Inode Path; the flag of one that listens is __SO_ACCEPTCON.
  const table = readFileSync('/proc/net/unix', 'utf8').split('\n');
  return table.some((line) => line.endsWith(` ${path}`) && line.trim().split(/\s+/)[3] === '00010000');
}
