import { mkdirSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '../../os/atomic_file.js';
import { errnoOf, messageOf } from '../../os/errno.js';
import { makeFolders } from '../../os/make_folders.js';
import type { LaunchRecord } from './record.js';
import { recordSchema } from './record_schema.js';

const RECORD = 'record.json';
const SESSION_FOLDER = /^s[a-z2-7]{12}$/;

/** Whether a text has the form of a launched session's id. */
export function isSessionId(text: string): boolean {
  return SESSION_FOLDER.test(text);
}

/** A folder that holds no readable record, and is left as it is. */
export interface UnreadableSession {
  readonly folder: string;
  readonly fault: string;
}

export interface FoundFolders {
  readonly records: readonly LaunchRecord[];
  readonly unreadable: readonly UnreadableSession[];
}

/** The folders of launched sessions, one each: they need no daemon to be kept. */
export class SessionFolders {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  folderOf(sessionId: string): string {
    return join(this.#root, sessionId);
  }

  /** For a session that is about to be launched. */
  make(sessionId: string): string {
    makeFolders(this.#root);
    const folder = this.folderOf(sessionId);
    mkdirSync(folder, { mode: 0o700 });
    return folder;
  }

  write(record: LaunchRecord): void {
    replaceFile(join(this.folderOf(record.sessionId), RECORD), `${JSON.stringify(record)}\n`);
  }

  /** With all that it printed. Removing one that is not there is harmless. */
  async remove(sessionId: string): Promise<void> {
    const folder = this.folderOf(sessionId);
    // First: a folder without it is none that is taken up again, should this be cut short.
    await rm(join(folder, RECORD), { force: true });
    // A shim that was just killed may have been making a file: it is there once the folder seemed to be empty.
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  }

  /** All that earlier runs of the daemon left. A folder without a record was never launched, and goes. */
  async readAll(): Promise<FoundFolders> {
    const records: LaunchRecord[] = [];
    const unreadable: UnreadableSession[] = [];
    for (const name of await this.#names()) {
      const folder = this.folderOf(name);
      try {
        records.push(recordSchema.parse(JSON.parse(await readFile(join(folder, RECORD), 'utf8'))));
      } catch (error) {
        // The shim of one whose launch was cut short never opens its gate.
        const fault = errnoOf(error) === 'ENOENT' ? await this.#faultOfRemoving(name) : messageOf(error);
        if (fault !== undefined) unreadable.push({ folder, fault });
      }
    }
    return { records, unreadable };
  }

  /** A container's user may have left files there that are not ours to remove: no reason to take up nothing. */
  async #faultOfRemoving(sessionId: string): Promise<string | undefined> {
    try {
      await this.remove(sessionId);
      return undefined;
    } catch (error) {
      return `it cannot be removed: ${messageOf(error)}`;
    }
  }

  async #names(): Promise<readonly string[]> {
    try {
      return (await readdir(this.#root)).filter(isSessionId);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return [];
      throw error;
    }
  }
}
