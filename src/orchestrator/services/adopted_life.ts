import type { CommandExit, CommandLife } from '@tenure/client/command';
import { groupExists, processStartTicks, signalGroup } from '@tenure/client/command';
import type { ProcessName } from '../runs/process_name.js';

/** How often a process that is no child is looked at, in milliseconds. */
const LOOK_MS = 250;

/** The life of a process that another orchestrator started: its end is seen, its exit code is nobody's to see. */
export function adoptedLife({ pid, startTicks }: ProcessName): CommandLife {
  const isThere = () => processStartTicks(pid) === startTicks;
  const exited = (async (): Promise<CommandExit> => {
    while (isThere()) await look();
    return { code: null, signal: null };
  })();
  return {
    exited,
    end: async (graceMs) => {
      // Once its leader is gone, the group's number may become another's.
      if (!isThere()) return;
      signalGroup(pid, 'SIGTERM');
      signalGroup(pid, 'SIGCONT');
      const deadline = performance.now() + graceMs;
      while (groupExists(pid) && performance.now() < deadline) await look();
      if (groupExists(pid)) signalGroup(pid, 'SIGKILL');
      await exited;
    },
  };
}

async function look(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}
