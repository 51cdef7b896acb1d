import { AttachRole, type Lease } from '@tenure/client/gen/tenure/lease/v1/lease';
import { readProcessFacts } from '../os/process_facts.js';

/**
 * The lease with the names that its commands go by now: a command is attached
 * before it may run, while it still is the shell that waits at its gate.
 */
export function withCurrentCommands(lease: Lease): Lease {
  if (!lease.attached.some(({ role }) => role === AttachRole.COMMAND)) return lease;
  const attached = lease.attached.map((process) => {
    if (process.role !== AttachRole.COMMAND) return process;
    return { ...process, command: readProcessFacts(process.pid)?.command ?? process.command };
  });
  return { ...lease, attached };
}
