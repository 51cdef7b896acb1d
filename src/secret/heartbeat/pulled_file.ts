import { readFileSync, rmSync } from 'node:fs';
import { z } from 'zod';
import { replaceFile } from '../../os/atomic_file.js';
import { errnoOf } from '../../os/errno.js';

const pulled = z.object({ reason: z.string(), wallMs: z.number(), done: z.boolean() });

/** What a heartbeat has done, which a restart must not undo. */
export type Pulled = Readonly<z.infer<typeof pulled>>;

/** Keeps that the heartbeat's kill switch was pulled, until the heartbeat answers. */
export class PulledFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Undefined: it was not. What can't be read counts: nothing may be lent because a file is damaged. */
  read(): Pulled | undefined {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined;
      text = '';
    }
    try {
      return pulled.parse(JSON.parse(text));
    } catch {
      return {
        reason: `the heartbeat had failed before the restart (${this.#path} is damaged)`,
        wallMs: 0,
        done: false,
      };
    }
  }

  /** Throws where it can't be written. */
  write(state: Pulled): void {
    replaceFile(this.#path, `${JSON.stringify(state)}\n`);
  }

  remove(): void {
    rmSync(this.#path, { force: true });
  }
}
