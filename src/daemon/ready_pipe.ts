import { closeSync, writeSync } from 'node:fs';
import { errnoOf } from '../os/errno.js';

/** What the one who started the daemon is told, once, as one line of JSON. */
export type ReadyMessage =
  | { readonly ready: true; readonly pid: number; readonly socketPath: string }
  | { readonly ready: false; readonly message: string; readonly exitCode: number };

/** The pipe that TENURE_READY_FD names, for one message; nothing where it names none. */
export class ReadyPipe {
  #fd: number | undefined;

  constructor(environment: NodeJS.ProcessEnv) {
    const fd = Number(environment['TENURE_READY_FD'] ?? '');
    // Children must not take it for theirs.
    delete environment['TENURE_READY_FD'];
    this.#fd = Number.isInteger(fd) && fd > 2 ? fd : undefined;
  }

  /** Tells it and closes the pipe. Answers why it could not be told; whoever waited may have given up. */
  tell(message: ReadyMessage): string | undefined {
    const fd = this.#fd;
    if (fd === undefined) return undefined;
    this.#fd = undefined;
    try {
      try {
        writeSync(fd, `${JSON.stringify(message)}\n`);
      } finally {
        closeSync(fd);
      }
      return undefined;
    } catch (error) {
      return errnoOf(error) ?? String(error);
    }
  }
}
