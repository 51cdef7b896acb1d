import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { familyOf, groupExists, signalGroup, signalProcess } from './process_group.js';

export interface CommandExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** How often what was told to end is looked at, in milliseconds. */
const LOOK_MS = 20;

/** The running command: its one exit, and the means to end it. */
export interface CommandLife {
  /** Rejects where the command could not be started at all. */
  readonly exited: Promise<CommandExit>;
  /** TERM, then KILL to what is left after the grace; resolves when all of it is gone, or was killed. */
  end(graceMs: number): Promise<void>;
}

export function watchCommand(child: ChildProcess, ownGroup: boolean): CommandLife {
  let gone = false;
  const exited = new Promise<CommandExit>((resolve, reject) => {
    child.once('exit', (code, signal) => {
      gone = true;
      resolve({ code, signal });
    });
    child.once('error', reject);
  });

  return {
    exited,
    end: async (graceMs) => {
      const { pid } = child;
      if (pid === undefined) return;
      // In the terminal's group there are other commands of the user's too: only the family is meant.
      const family = ownGroup ? [] : familyOf(pid).filter((member) => member !== pid || !gone);
      const signalAll = (signal: NodeJS.Signals): void => {
        if (ownGroup) signalGroup(pid, signal);
        for (const member of family) signalProcess(member, signal);
      };
      signalAll('SIGTERM');
      // What is stopped acts on it once it is continued.
      signalAll('SIGCONT');
      const deadline = performance.now() + graceMs;
      const anyLeft = () => !gone || (ownGroup && groupExists(pid));
      while (anyLeft() && performance.now() < deadline) await delay(LOOK_MS);
      if (!anyLeft()) return;
      if (ownGroup) signalGroup(pid, 'SIGKILL');
      else for (const member of familyOf(pid)) signalProcess(member, 'SIGKILL');
      await exited;
    },
  };
}
