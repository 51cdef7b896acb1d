import { AttachRole } from '@tenure/client/gen/tenure/lease/v1/lease';
import { readParentPid, readStartTicks } from '../../os/process_facts.js';
import type { ProcessIdentity } from '../../os/process_identity.js';
import type { Peer } from '../../rpc/context.js';
import { type LeaseRecord, sameProcess } from '../ledger/record.js';

/** Deeper trees than this are not looked through. */
const MAX_DEPTH = 64;

/** The caller's ancestors as they were when it was first asked for: a connection's process does not change. */
const known = new WeakMap<Peer, readonly ProcessIdentity[]>();

/**
 * A lease that an ancestor of the caller keeps: a hint that TENURE_LEASES was
 * lost on the way, never a reason to let it in.
 */
export function heldByAncestor(peer: Peer, leases: readonly LeaseRecord[]): LeaseRecord | undefined {
  const { process } = peer;
  if (process === undefined) return undefined;
  let ancestors = known.get(peer);
  if (ancestors === undefined) {
    ancestors = ancestorsOf(process);
    known.set(peer, ancestors);
  }
  const line = ancestors;
  return leases.find(({ attached }) => {
    const isForCommand = attached.some(({ role }) => role === AttachRole.COMMAND);
    return attached.some((one) => {
      // A holder hands it to its command alone: an orchestrator has other children, which are under no lease.
      if (one.role === AttachRole.HOLDER) return !isForCommand && isAmong(line, one);
      // The command may have become the caller itself, by an exec.
      return sameProcess(one, process) || isAmong(line, one);
    });
  });
}

function isAmong(line: readonly ProcessIdentity[], process: ProcessIdentity): boolean {
  return line.some((other) => sameProcess(other, process));
}

function ancestorsOf(process: ProcessIdentity): readonly ProcessIdentity[] {
  const ancestors: ProcessIdentity[] = [];
  let pid = readParentPid(process.pid);
  while (pid !== undefined && pid > 0 && ancestors.length < MAX_DEPTH) {
    const startTicks = readStartTicks(pid);
    if (startTicks === undefined) break;
    ancestors.push({ pid, startTicks });
    pid = readParentPid(pid);
  }
  return ancestors;
}
