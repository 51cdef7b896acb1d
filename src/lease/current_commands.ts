import { type AttachedProcess, AttachRole, type Lease } from '@tenure/client/gen/tenure/lease/v1/lease';
import { readProcessFacts, readStartTicks } from '../os/process_facts.js';

/**
 * The lease with the names that its commands go by now: a command is attached
 * before it may run, while it still is the shell that waits at its gate.
 */
export function withCurrentCommands(lease: Lease): Lease {
  if (!lease.attached.some(({ role }) => role === AttachRole.COMMAND)) return lease;
  const attached = lease.attached.map((process) => {
    if (process.role !== AttachRole.COMMAND) return process;
    return { ...process, command: currentCommand(process) ?? process.command };
  });
  return { ...lease, attached };
}

/** Undefined: it is gone, whoever may have its pid now. */
function currentCommand({ pid, startTicks }: AttachedProcess): string | undefined {
  const command = readProcessFacts(pid)?.command;
  // The start time last: what was read is of that very process.
  return readStartTicks(pid) === Number(startTicks) ? command : undefined;
}
