import { processStartTicks } from '@tenure/client/command';

/** A process as the kernel knows it: no later one has both. */
export interface ProcessName {
  readonly pid: number;
  readonly startTicks: bigint;
}

/** A process by pid and start time; undefined where it is gone. */
export function processName(pid: number): ProcessName | undefined {
  const startTicks = processStartTicks(pid);
  return startTicks === undefined ? undefined : { pid, startTicks };
}
