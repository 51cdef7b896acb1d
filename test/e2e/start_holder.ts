import { join } from 'node:path';
import type { Running } from './running.js';
import type { World } from './world.js';

/** Starts a process that holds a resource through the client library until TERM; see holder_process.ts. */
export function startHolder(world: World, resource: string, ttlMs: number): Running {
  const program = join(import.meta.dirname, 'holder_process.ts');
  const args = ['--conditions=tenure-source', '--import', import.meta.resolve('tsx'), program];
  return world.start(process.execPath, [...args, world.socketPath, resource, String(ttlMs)]);
}
