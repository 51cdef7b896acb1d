import { closeSync, constants, fchmodSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';
import { errnoOf } from '../os/errno.js';

/** A file that has grown beyond this becomes `.1`; the one before is gone. */
const MAX_BYTES = 8 * 1024 * 1024;
const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants;

/** Takes whole lines. Never throws: a log that can't be written must stop nothing. */
export interface LogDestination {
  write(line: string): void;
}

/** A log file for its owner alone, of bounded size. */
export class LogFile implements LogDestination {
  readonly #path: string;
  readonly #maxBytes: number;
  #fd: number;
  #bytes: number;
  #lost = 0;
  #isTorn = false;
  #isClosed = false;

  /** Throws where the file can't be opened. */
  constructor(path: string, maxBytes: number = MAX_BYTES) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    [this.#fd, this.#bytes] = openLog(path);
    if (this.#bytes > maxBytes) this.#rotate();
  }

  write(line: string): void {
    // By now its descriptor may be that of something else.
    if (this.#isClosed) return;
    try {
      if (this.#bytes > this.#maxBytes) this.#rotate();
      else if (fstatSync(this.#fd).nlink === 0) this.#reopen();
      if (this.#lost > 0) {
        this.#append(`${JSON.stringify({ level: 'warn', msg: `${this.#lost} lines could not be written` })}\n`);
        this.#lost = 0;
      }
      this.#append(line);
    } catch {
      this.#lost += 1;
    }
  }

  close(): void {
    this.#isClosed = true;
    closeSync(this.#fd);
  }

  #append(line: string): void {
    // What a full disk took of the line before has no end.
    let rest = Buffer.from(this.#isTorn ? `\n${line}` : line);
    while (rest.length > 0) {
      const written = writeSync(this.#fd, rest);
      this.#bytes += written;
      rest = rest.subarray(written);
      this.#isTorn = rest.length > 0;
    }
  }

  #rotate(): void {
    try {
      renameSync(this.#path, `${this.#path}.1`);
    } catch (error) {
      // Somebody has deleted it or moved it away, or it could not be opened anew after the last rotation.
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
    this.#reopen();
  }

  #reopen(): void {
    const [fd, bytes] = openLog(this.#path);
    closeSync(this.#fd);
    this.#fd = fd;
    this.#bytes = bytes;
    this.#isTorn = false;
  }
}

/** Standard error, for a daemon in the foreground. */
export const standardError: LogDestination = {
  write(line) {
    try {
      writeSync(2, line);
    } catch {
      // Whoever read it has gone, and there is no other place to tell.
    }
  },
};

function openLog(path: string): [fd: number, bytes: number] {
  const fd = openSync(path, O_APPEND | O_CREAT | O_NOFOLLOW | O_WRONLY, 0o600);
  try {
    const { mode, size } = fstatSync(fd);
    if ((mode & 0o077) !== 0) fchmodSync(fd, 0o600);
    return [fd, size];
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}
