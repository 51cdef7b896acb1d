import { readFile } from 'node:fs/promises';
import type { ProcessIdentity } from '../../os/process_identity.js';
import type { Surroundings } from './agent_program.js';
import { findFiles } from './found_files.js';
import { isDevice, parseHeldLocks } from './proc_locks_rules.js';

/** Others there are for the program's own use. */
const THREAD_LOCK = /^([\da-f][\da-f-]{30,})\.lock$/;

/**
 * The living writers by thread id. Each holds the flock(2) of its thread's
 * lock; the files themselves stay behind after a kill, and say nothing.
 */
export async function readCodexWriters(
  folder: string,
  surroundings: Surroundings,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ProcessIdentity>> {
  const writers = new Map<string, ProcessIdentity>();
  const files = await findFiles(folder, 0, THREAD_LOCK, signal);
  if (files.length === 0) return writers;
  const locks = parseHeldLocks(await readFile('/proc/locks', 'latin1'));
  const holders = new Map((await surroundings.processes()).map((one) => [one.pid, one]));
  for (const { name, stats } of files) {
    for (const lock of locks) {
      const holder = lock.inode === stats.ino ? holders.get(lock.pid) : undefined;
      if (holder === undefined || surroundings.startTicksOf(lock.pid) !== holder.startTicks) continue;
      // On some file systems stat names another device than the kernel's table; there the holder's name decides.
      if (!isDevice(stats.dev, lock) && !holder.command.startsWith('codex')) continue;
      writers.set(THREAD_LOCK.exec(name)?.[1] ?? '', { pid: holder.pid, startTicks: holder.startTicks });
    }
  }
  return writers;
}
