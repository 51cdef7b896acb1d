import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { replaceFile } from '../../os/atomic_file.js';
import { errnoOf } from '../../os/errno.js';
import { makeFolders } from '../../os/make_folders.js';
import type { CronTerms } from './cron_rules.js';

const FORMAT = 1;

/** `launching`: whether a session came of it is not known yet. */
export const RUN_RESULTS = ['launching', 'launched', 'skipped', 'queued', 'refused', 'missed'] as const;
export type RunResult = (typeof RUN_RESULTS)[number];

/** What became of one time that a schedule was due. */
export interface RunNote {
  readonly dueWallMs: number;
  readonly result: RunResult;
  /** Why it was not launched. */
  readonly detail: string;
  /** Empty: none was launched. */
  readonly sessionId: string;
}

/** How far a schedule has come. */
export interface ScheduleState extends CronTerms {
  readonly agent: string;
  /** All that was due up to then has been dealt with. */
  readonly settledWallMs: number;
  /** Undefined: it has not been due yet. */
  readonly lastRun: RunNote | undefined;
}

const moment = z.number().min(0).max(8.64e15);
const schedules = z.object({
  format: z.literal(FORMAT),
  schedules: z.array(
    z.object({
      agent: z.string(),
      cron: z.string(),
      timezone: z.string().optional().transform(orUndefined),
      settledWallMs: moment,
      lastRun: z
        .object({ dueWallMs: moment, result: z.enum(RUN_RESULTS), detail: z.string(), sessionId: z.string() })
        .optional()
        .transform(orUndefined),
    }),
  ),
});

/** JSON leaves out what is undefined; the state names it. */
function orUndefined<T>(value: T | undefined): T | undefined {
  return value;
}

/** How far all schedules have come, in one small file: what was missed while nobody was there is known by it. */
export class ScheduleFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** None where there is no file. Throws where it can't be read; the next write then replaces it. */
  read(): readonly ScheduleState[] {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return [];
      throw error;
    }
    return schedules.parse(JSON.parse(text)).schedules;
  }

  write(states: readonly ScheduleState[]): void {
    makeFolders(dirname(this.#path));
    replaceFile(this.#path, `${JSON.stringify({ format: FORMAT, schedules: states })}\n`);
  }
}
