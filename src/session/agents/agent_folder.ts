import { isAbsolute, join } from 'node:path';
import type { Surroundings } from './agent_program.js';

/** Where a program keeps its files: where a variable says so by a whole path, else below the home folder. */
export function agentFolder(
  { home, environment }: Surroundings,
  variable: string,
  ...usual: readonly string[]
): string {
  const moved = environment[variable];
  return moved !== undefined && isAbsolute(moved) ? moved : join(home, ...usual);
}
