import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { hasMemory, readParentPid, readStartTicks } from './process_facts.js';
import type { ProcessIdentity } from './process_identity.js';

/** Processes read before other work gets its turn; each takes some 20 µs. */
const BATCH = 64;

/** How often and how long a process is waited for that is about to run another program; it takes it a millisecond. */
const EXEC_LOOKS = 100;
const EXEC_PAUSE_MS = 5;

/**
 * Processes that carry a text in their environment, such as a lease's token.
 * A best effort: the kernel shows the environment that a process started
 * with, and only to its own user; one that cleared it is not found.
 */
export async function findByEnvironment(marker: string): Promise<readonly ProcessIdentity[]> {
  const bytes = Buffer.from(marker);
  let unknown: number[] = [];
  const carries = (pid: number): boolean => {
    const found = isIn(pid, bytes);
    if (found === undefined) unknown.push(pid);
    return found === true;
  };
  const found = [...(await selectProcesses(carries))];
  for (let looks = 0; unknown.length > 0 && looks < EXEC_LOOKS; looks += 1) {
    await delay(EXEC_PAUSE_MS);
    const again = unknown;
    unknown = [];
    found.push(...identified(again.filter(carries)));
  }
  return found;
}

/** Undefined: it can't be seen now, for the process is on its way from one program to the next. */
function isIn(pid: number, marker: Buffer): boolean | undefined {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`);
    if (environment.length > 0) return environment.includes(marker);
    // One that was started with none has arguments all the same; zombies and the kernel's own threads have neither.
    if (!hasMemory(pid)) return false;
    if (readFileSync(`/proc/${pid}/cmdline`).length === 0) return undefined;
    // The new program has begun between the looks.
    return readFileSync(`/proc/${pid}/environ`).includes(marker);
  } catch {
    // Gone, or another user's.
    return false;
  }
}

/**
 * Children, their children, and so on. Those whose parent has died are no
 * longer among them; nor are, of another process, we and what we started:
 * whoever needs the daemon first starts it, and owns nothing of it.
 */
export async function descendantsOf(pid: number): Promise<readonly ProcessIdentity[]> {
  const children = new Map<number, number[]>();
  await selectProcesses((child) => {
    const parent = readParentPid(child);
    if (parent !== undefined && child !== process.pid) children.set(parent, [...(children.get(parent) ?? []), child]);
    return false;
  });
  const found = new Set<number>([pid]);
  // A Set hands out also what is added on the way; a pid given anew meanwhile cannot make it run in a circle.
  for (const ancestor of found) for (const child of children.get(ancestor) ?? []) found.add(child);
  found.delete(pid);
  return identified([...found]);
}

async function selectProcesses(wanted: (pid: number) => boolean): Promise<readonly ProcessIdentity[]> {
  const pids = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  const selected: number[] = [];
  for (let start = 0; start < pids.length; start += BATCH) {
    selected.push(...pids.slice(start, start + BATCH).filter(wanted));
    await nextTurn();
  }
  return identified(selected);
}

function identified(pids: readonly number[]): readonly ProcessIdentity[] {
  return pids.flatMap((pid) => {
    const startTicks = readStartTicks(pid);
    return startTicks === undefined ? [] : [{ pid, startTicks }];
  });
}
