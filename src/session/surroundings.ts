import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../os/clock.js';
import { isRunning, readStartTicks, TICK_MS } from '../os/process_facts.js';
import type { SeenProcess, Surroundings } from './agents/agent_program.js';

/** Processes read before other work gets its turn. */
const BATCH = 64;
/** All programs are asked in the same moment, and share one reading. */
const SHARED_MS = 200;

/** The machine as it is, for the user that this process runs as. */
export function systemSurroundings(home: string, environment: NodeJS.ProcessEnv, clock: Clock): Surroundings {
  let shared: { readonly atMs: number; readonly processes: Promise<readonly SeenProcess[]> } | undefined;
  return {
    home,
    environment,
    processes: () => {
      const atMs = clock.monotonicMs();
      if (shared === undefined || atMs - shared.atMs > SHARED_MS) {
        shared = { atMs, processes: readProcesses(clock.wallMs() - clock.boottimeMs()) };
      }
      return shared.processes;
    },
    startTicksOf: (pid) => {
      const startTicks = readStartTicks(pid);
      return startTicks !== undefined && isRunning(pid, startTicks) ? startTicks : undefined;
    },
    wallMs: () => clock.wallMs(),
  };
}

async function readProcesses(bootWallMs: number): Promise<readonly SeenProcess[]> {
  const uid = process.getuid?.();
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const seen: SeenProcess[] = [];
  for (let start = 0; start < pids.length; start += BATCH) {
    for (const pid of pids.slice(start, start + BATCH)) {
      const one = readProcess(pid, uid, bootWallMs);
      if (one !== undefined) seen.push(one);
    }
    await nextTurn();
  }
  return seen;
}

/** Undefined: gone, ended, another user's, or the kernel's own. */
function readProcess(pid: string, uid: number | undefined, bootWallMs: number): SeenProcess | undefined {
  try {
    if (statSync(`/proc/${pid}`).uid !== uid) return undefined;
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name stands in parentheses and may hold any byte, also a ')'. Field 3 comes after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // Memory of its own: the kernel's threads have none, nor have the dead.
    if (fields[20] === '0') return undefined;
    const startTicks = Number(fields[19]);
    return {
      pid: Number(pid),
      startTicks,
      startWallMs: bootWallMs + startTicks * TICK_MS,
      command: readFileSync(`/proc/${pid}/comm`, 'utf8').trimEnd(),
      executable: readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, ''),
      directory: readlinkSync(`/proc/${pid}/cwd`),
    };
  } catch {
    // Gone while it was read, or it hides itself.
    return undefined;
  }
}
