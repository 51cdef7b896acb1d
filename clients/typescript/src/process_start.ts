import { readFileSync } from 'node:fs';

/** When a process began, in the kernel's ticks: with the pid its identity. Undefined: no such process, or it has ended. */
export function startTicksOf(pid: number): number | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // Field 22 is the start time; what follows the command's name begins with field 3.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? undefined : Number(fields[22 - 3]);
}
