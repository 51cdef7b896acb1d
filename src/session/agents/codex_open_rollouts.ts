import { readdir, readlink, realpath } from 'node:fs/promises';
import { basename, sep } from 'node:path';
import type { ProcessIdentity } from '../../os/process_identity.js';
import type { Surroundings } from './agent_program.js';

/**
 * The living writers by thread id, for releases before there were locks: who
 * has a rollout below `folder` open, writes it. Those of another home are
 * another's.
 */
export async function readOpenRollouts(
  folder: string,
  rollout: RegExp,
  surroundings: Surroundings,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ProcessIdentity>> {
  const writers = new Map<string, ProcessIdentity>();
  const below = `${await realpath(folder).catch(() => folder)}${sep}`;
  for (const { pid, startTicks, command } of await surroundings.processes()) {
    if (!command.startsWith('codex')) continue;
    for (const path of await openFilesOf(pid)) {
      signal.throwIfAborted();
      const id = path.startsWith(below) ? rollout.exec(basename(path))?.[1] : undefined;
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
