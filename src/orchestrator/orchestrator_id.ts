import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { basename, extname } from 'node:path';

/** An id has up to 128 characters. */
const LONGEST_NAME = 100;

/** A name for the orchestrator of a file, the same after every restart: `orchestrator-3f2a91c0`. */
export function orchestratorIdOf(path: string): string {
  const real = realpathSync(path);
  const hash = createHash('sha256').update(real).digest('hex').slice(0, 8);
  const name = basename(real, extname(real))
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, LONGEST_NAME);
  return `${name || 'tasks'}-${hash}`;
}
