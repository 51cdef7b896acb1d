import { z } from 'zod';
import { DEFAULT_CONFIG } from './config.js';
import { count, duration, YEAR_MS } from './config_keys.js';
import { formatDuration } from './duration.js';

const HOUR_MS = 3_600_000;
const MIB = 1024 * 1024;

const { starveAfterMs, history } = DEFAULT_CONFIG.tasks;

/** The group `tasks`. */
export const taskKeys = z
  .strictObject({
    starveAfter: duration(0, YEAR_MS, {
      default: formatDuration(starveAfterMs),
      text: 'How long a task may be kept from running before the status warns, where it does not say so itself. 0: for ever.',
    }),
    history: z
      .strictObject({
        perTask: count(2, 100_000, {
          default: String(history.perTask),
          text: 'Runs that are kept of one task, the newest ones.',
        }),
        total: count(10, 100_000, { default: String(history.total), text: 'Runs that are kept of all tasks.' }),
        bytes: count(64 * 1024, 256 * MIB, {
          default: String(history.bytes),
          text: 'Bytes that these may take; their file takes up to twice that.',
        }),
        maxAge: duration(HOUR_MS, 10 * YEAR_MS, {
          default: formatDuration(history.maxAgeMs),
          text: 'Age at which runs go, and tasks of orchestrators that are no longer there.',
        }),
      })
      .optional(),
  })
  .optional();
