import { processStartTicks } from './process_stat.js';

/** When a process began, in the kernel's ticks: with the pid its identity. Undefined: no such process, or it has ended. */
export function startTicksOf(pid: number): number | undefined {
  const ticks = processStartTicks(pid);
  return ticks === undefined ? undefined : Number(ticks);
}
