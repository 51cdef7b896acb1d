import { processStartTicks } from '@tenure/client/command';
import type { ProcessName } from './task_run.js';

/** A process by pid and start time; undefined where it is gone. */
export function processName(pid: number): ProcessName | undefined {
  const startTicks = processStartTicks(pid);
  return startTicks === undefined ? undefined : { pid, startTicks };
}
