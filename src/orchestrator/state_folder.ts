import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

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
      return schema.parse(JSON.parse(readFileSync(join(this.path, name), 'utf8'), withBigint));
    } catch {
      // Written by another version, or never.
      return undefined;
    }
  }

  /** The files that it has. */
  names(): readonly string[] {
    try {
      // What begins with a dot was being written when its writer was killed.
      return readdirSync(this.path).filter((name) => !name.startsWith('.'));
    } catch {
      return [];
    }
  }

  remove(name: string): void {
    try {
      rmSync(join(this.path, name), { force: true });
    } catch (error) {
      this.#onFault(error);
    }
  }

  /** Replaces the file as a whole. */
  write(name: string, value: unknown): void {
    const temporary = join(this.path, `.${name}.${process.pid}`);
    try {
      mkdirSync(this.path, { recursive: true, mode: 0o700 });
      writeFileSync(temporary, `${JSON.stringify(value, withoutBigint)}\n`, { mode: 0o600 });
      renameSync(temporary, join(this.path, name));
    } catch (error) {
      this.#onFault(error);
    }
  }
}

/** JSON has no bigint. */
const BIGINT = '$bigint';
const bigintSchema = z.strictObject({ [BIGINT]: z.string().regex(/^-?\d+$/) });

function withoutBigint(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? { [BIGINT]: String(value) } : value;
}

function withBigint(_: string, value: unknown): unknown {
  const written = bigintSchema.safeParse(value);
  return written.success ? BigInt(written.data[BIGINT]) : value;
}
