import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { z } from 'zod';

/** Where an orchestrator keeps what it must know after a restart, when its options don't say. */
export function defaultStateFolder(id: string, environment: NodeJS.ProcessEnv): string {
  const base =
    environment['TENURE_STATE_DIR'] || join(environment['XDG_STATE_HOME'] || join(homedir(), '.local/state'), 'tenure');
  return join(base, 'orchestrators', id.replaceAll('/', '%2F'));
}

/** A folder of one's own, 0700, with small files, 0600. */
export class StateFolder {
  readonly path: string;
  readonly #onFault: (error: unknown) => void;

  /** @param onFault told of what can't be written: an orchestrator without memory runs all the same. */
  constructor(path: string, onFault: (error: unknown) => void) {
    this.path = path;
    this.#onFault = onFault;
  }

  /** What the file has; undefined where there is none, or none of this shape. */
  read<T>(name: string, schema: z.ZodType<T>): T | undefined {
    try {
      return schema.parse(JSON.parse(readFileSync(join(this.path, name), 'utf8')));
    } catch {
      // Written by another version, or never.
      return undefined;
    }
  }

  /** Replaces the file as a whole. */
  write(name: string, value: unknown): void {
    const temporary = join(this.path, `.${name}.${process.pid}`);
    try {
      mkdirSync(this.path, { recursive: true, mode: 0o700 });
      writeFileSync(temporary, `${JSON.stringify(value)}\n`, { mode: 0o600 });
      renameSync(temporary, join(this.path, name));
    } catch (error) {
      this.#onFault(error);
    }
  }
}
