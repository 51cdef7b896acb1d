import { readdir, readlink } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ProcessIdentity } from '../../os/process_identity.js';
import type { Surroundings } from '../agent_program.js';

/** The living writers by thread id, for releases before there were locks: who has a rollout open, writes it. */
export async function readOpenRollouts(
  rollout: RegExp,
  surroundings: Surroundings,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ProcessIdentity>> {
  const writers = new Map<string, ProcessIdentity>();
  for (const { pid, startTicks, command } of await surroundings.processes()) {
    if (!command.startsWith('codex')) continue;
    for (const path of await openFilesOf(pid)) {
      signal.throwIfAborted();
      const id = rollout.exec(basename(path))?.[1];
      if (id !== undefined && surroundings.startTicksOf(pid) === startTicks) {
        writers.set(id, { pid, startTicks });
      }
    }
  }
  return writers;
}

async function openFilesOf(pid: number): Promise<readonly string[]> {
  const folder = `/proc/${pid}/fd`;
  try {
    return await Promise.all((await readdir(folder)).map((fd) => readlink(`${folder}/${fd}`).catch(() => '')));
  } catch {
    // It is gone, or hides itself.
    return [];
  }
}
