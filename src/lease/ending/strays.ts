import { AttachRole } from '@tenure/client/gen/tenure/lease/v1/lease';
import { cgroupMembers, cgroupOf, contains } from '../../os/cgroup.js';
import { descendantsOf, findByEnvironment } from '../../os/descendants.js';
import { readStartTicks } from '../../os/process_facts.js';
import type { ProcessIdentity } from '../../os/process_identity.js';
import { type LeaseRecord, processKey } from '../ledger/record.js';
import type { TokenSigner } from '../token.js';
import type { FindStrays } from './terminator.js';

/**
 * Processes that run under a lease and never spoke to the daemon: those that
 * carry its inherit token in their environment, and what its registered
 * commands and inheritors have started, and who shares a cgroup that is theirs
 * alone. A best effort: a process may have
 * cleaned its environment and lost its parent. The daemon and what it started
 * are never among them, though a holder or a command may have started it.
 */
export function strayFinder(tokens: TokenSigner): FindStrays {
  return async (lease: LeaseRecord): Promise<readonly ProcessIdentity[]> => {
    const marked = await findByEnvironment(tokens.issue(lease).inheritToken);
    const parents = lease.attached.filter(({ role }) => role !== AttachRole.HOLDER);
    const started = await Promise.all(parents.map(({ pid }) => descendantsOf(pid)));
    const found = new Map<string, ProcessIdentity>();
    for (const stray of [...marked, ...started.flat(), ...cgroupMates(lease)]) found.set(processKey(stray), stray);
    const ours = new Set((await descendantsOf(process.pid)).map(({ pid }) => pid)).add(process.pid);
    return [...found.values()].filter(({ pid }) => !ours.has(pid));
  };
}

/** Who is in the cgroup of an attached process, where that is neither the holder's nor the daemon's own. */
function cgroupMates(lease: LeaseRecord): ProcessIdentity[] {
  const holder = lease.holder.process;
  const others = [process.pid, ...(holder === undefined ? [] : [holder.pid])].map(cgroupOf);
  // A holder that is gone can't tell which cgroups are not the lease's alone.
  if (others.includes(undefined)) return [];
  const mates: ProcessIdentity[] = [];
  for (const { pid } of lease.attached) {
    const cgroup = cgroupOf(pid);
    if (cgroup === undefined || others.some((other) => other !== undefined && contains(cgroup, other))) continue;
    for (const member of cgroupMembers(cgroup)) {
      const startTicks = readStartTicks(member);
      if (startTicks !== undefined) mates.push({ pid: member, startTicks });
    }
  }
  return mates;
}
