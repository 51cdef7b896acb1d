import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { basename, extname } from 'node:path';

/** A name for the orchestrator of a file, the same after every restart: `orchestrator-3f2a91c0`. */
export function orchestratorIdOf(path: string): string {
  const real = realpathSync(path);
  const hash = createHash('sha256').update(real).digest('hex').slice(0, 8);
  return `${basename(real, extname(real))}-${hash}`;
}
