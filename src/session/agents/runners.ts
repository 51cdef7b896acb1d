import { realpath } from 'node:fs/promises';
import type { SeenProcess, Surroundings } from './agent_program.js';
import type { Candidate } from './process_match_rules.js';

/** The living processes of a program, by the name that they give themselves. */
export async function findRunners(surroundings: Surroundings, command: string): Promise<readonly SeenProcess[]> {
  const seen = await surroundings.processes();
  return seen.filter((one) => one.command === command && surroundings.startTicksOf(one.pid) === one.startTicks);
}

/** Of when the oldest began; Infinity: there are none. */
export function oldestStart(runners: readonly SeenProcess[]): number {
  // A second: times in files are rounded, too.
  return Math.min(...runners.map((one) => one.startWallMs)) - 1000;
}

/** With their directories as the kernel calls those of processes: without links. */
export async function withRealDirectories<C extends Candidate>(candidates: readonly C[]): Promise<readonly C[]> {
  const directories = [...new Set(candidates.map((one) => one.directory))];
  // One that is gone keeps its name.
  const real = await Promise.all(directories.map((one) => realpath(one).catch(() => one)));
  const names = new Map(directories.map((one, index) => [one, real[index] ?? one]));
  return candidates.map((one) => ({ ...one, directory: names.get(one.directory) ?? one.directory }));
}
