import { AttachRole, LeaseLiveness } from '@tenure/client/gen/tenure/lease/v1/lease';
import { type ProcessFacts, readProcessFacts, readStartTicks } from '../../os/process_facts.js';
import type { ProcessIdentity } from '../../os/process_identity.js';
import type { Peer } from '../../rpc/context.js';
import { Refusal } from '../../rpc/refusal.js';
import type { AttachedProcesses } from '../ending/attached_processes.js';
import type { Attachment, HolderFacts } from '../ledger/record.js';
import type { AcquireCommand } from './acquire_command.js';

const ROOT = 0;

/** The processes that an acquire attaches: those it names, else the caller. */
export function attachmentsOf(command: AcquireCommand, peer: Peer, attached: AttachedProcesses): readonly Attachment[] {
  if (command.attachPids.length > 0) {
    return command.attachPids.map((pid) => attachmentOf(pid, peer, AttachRole.HOLDER, attached));
  }
  if (peer.process !== undefined) return callerOf(peer, peer.process);
  if (command.liveness === LeaseLiveness.PROCESS) throw foreignNamespace();
  return [];
}

/** A connection's process is always the same. */
const callers = new WeakMap<Peer, readonly Attachment[]>();

function callerOf(peer: Peer, process: ProcessIdentity): readonly Attachment[] {
  const known = callers.get(peer);
  if (known !== undefined) return known;
  const caller = [{ ...process, role: AttachRole.HOLDER, command: commandOf(peer) }];
  callers.set(peer, caller);
  return caller;
}

/** A process of the caller's own uid, as the kernel knows it now. Throws a Refusal for any other. */
export function attachmentOf(pid: number, peer: Peer, role: AttachRole, attached: AttachedProcesses): Attachment {
  if (peer.process === undefined) throw foreignNamespace();
  const facts = identifiedFacts(pid);
  if (facts === undefined) throw new Refusal('NOT_ATTACHABLE', `process ${pid} is gone`);
  if (facts.uid !== peer.uid && peer.uid !== ROOT) {
    throw new Refusal('NOT_ATTACHABLE', `process ${pid} belongs to another user; attach your own only`);
  }
  const attachment = { pid, startTicks: facts.startTicks, role, command: facts.command };
  if (!attached.isAlive(attachment)) throw new Refusal('NOT_ATTACHABLE', `process ${pid} is gone`);
  return attachment;
}

/** The holder that a lease shows: the process named, else the caller. */
export function holderOf(command: AcquireCommand, peer: Peer): HolderFacts {
  const { host, bootId } = peer;
  const [pid] = command.attachPids;
  const facts = pid === undefined ? undefined : identifiedFacts(pid);
  if (pid === undefined || facts === undefined) {
    const { process, uid, executable, script, cwd } = peer;
    return { host, bootId, process, uid, executable, script, cwd };
  }
  const { uid, executable, script, cwd, startTicks } = facts;
  return { host, bootId, process: { pid, startTicks }, uid, executable, script, cwd };
}

/** The start time first and last: what was read in between is of that very process. */
function identifiedFacts(pid: number): (ProcessFacts & ProcessIdentity) | undefined {
  const startTicks = readStartTicks(pid);
  const facts = readProcessFacts(pid);
  if (startTicks === undefined || facts === undefined || readStartTicks(pid) !== startTicks) return undefined;
  return { ...facts, pid, startTicks };
}

function commandOf(peer: Peer): string {
  return peer.executable.slice(peer.executable.lastIndexOf('/') + 1);
}

function foreignNamespace(): Refusal {
  return new Refusal(
    'NOT_ATTACHABLE',
    'the caller lives in another pid namespace and can not be attached; ask for liveness TTL and renew it',
  );
}
