import { z } from 'zod';
import type { StateFolder } from '../state_folder.js';

const FILE = 'last-starts.json';
const startsSchema = z.record(z.string(), z.number());

/** When each task last started: a restart runs nothing early, and makes up for what it missed. */
export class LastStarts {
  readonly #folder: StateFolder;
  readonly #starts: Map<string, number>;

  constructor(folder: StateFolder) {
    this.#folder = folder;
    this.#starts = new Map(Object.entries(folder.read(FILE, startsSchema) ?? {}));
  }

  get all(): ReadonlyMap<string, number> {
    return this.#starts;
  }

  set(task: string, startedAt: number): void {
    this.#starts.set(task, startedAt);
    this.#folder.write(FILE, Object.fromEntries(this.#starts));
  }
}
