import { readDuration } from '@tenure/client/duration-text';
import { z } from 'zod';
import { LONGEST_MS } from './range_fault_rules.js';
import { idFault } from './task_fault_rules.js';
import type { CommandLine, TaskOptions } from './task_options.js';

const SIGNALS = ['SIGUSR1', 'SIGUSR2', 'SIGHUP', 'SIGINT', 'SIGTERM', 'SIGWINCH'] as const;

/** Milliseconds of a text such as `30m`. */
const duration = z.unknown().transform((value, context): number => {
  const milliseconds = typeof value === 'string' ? readDuration(value) : undefined;
  if (milliseconds !== undefined && milliseconds <= LONGEST_MS) return milliseconds;
  const wanted = 'a duration such as 500ms, 30s, 5m, 2h or 1d';
  const message = milliseconds === undefined ? `must be ${wanted}` : 'must be at most 10 years';
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

const positive = duration.refine((milliseconds) => milliseconds > 0, 'must be longer than nothing');

const text = z.string('must be a text').min(1, 'is empty');

const commandLine = z
  .array(z.string('must be a text'), 'must be a list: a command and its arguments, such as [npm, run, backup]')
  .transform((words, context): CommandLine => {
    const [first, ...others] = words;
    if (first !== undefined && first !== '') return [first, ...others];
    context.addIssue({ code: 'custom', message: 'names no command' });
    return z.NEVER;
  });

const names = z.union(
  [text.transform((one) => [one]), z.array(text).min(1, 'is empty')],
  'must be a name or a list of names',
);
const count = z.int('must be a whole number').min(0, 'must not be negative').max(1_000, 'must be at most 1000');

const retries = z.union(
  [
    count.transform((max) => ({ max })),
    z.strictObject({ max: count, delay: positive.optional(), maxDelay: positive.optional() }),
  ],
  'must be a number, or {max, delay, maxDelay}',
);

const restart = z.strictObject({
  cooldown: positive.optional(),
  maxCooldown: positive.optional(),
  stable: positive.optional(),
});

const liveness = z.strictObject({
  command: commandLine.optional(),
  http: z.url({ protocol: /^https?$/, error: 'must be an address such as http://127.0.0.1:8080/healthz' }).optional(),
  every: positive.optional(),
  timeout: positive.optional(),
  failures: count.min(1, 'must be at least 1').optional(),
});

const taskSchema = z.strictObject({
  description: text.optional(),
  command: commandLine,
  cwd: text.optional(),
  env: z
    .record(
      z.string().regex(/^[^=\0]+$/),
      z.union([z.string(), z.number(), z.boolean()], 'must be a text').transform(String),
    )
    .optional(),
  every: positive.optional(),
  cron: text.optional(),
  timeZone: text.optional(),
  catchUp: z.boolean('must be true or false').optional(),
  after: names.optional(),
  lease: names.optional(),
  wait: z
    .union([z.literal('forever'), positive], 'must be a duration such as 10m, of at most 10 years, or forever')
    .optional(),
  priority: z.int('must be a whole number').min(-100, 'must be -100 to 100').max(100, 'must be -100 to 100').optional(),
  timeout: positive.optional(),
  killAfter: duration.optional(),
  retries: retries.optional(),
  overlap: z.enum(['skip', 'queue', 'allow'], 'must be skip, queue or allow').optional(),
  service: z.boolean('must be true or false').optional(),
  restart: restart.optional(),
  liveness: liveness.optional(),
  onSuccess: commandLine.optional(),
  yieldSignal: z.enum(SIGNALS, `must be one of ${SIGNALS.join(', ')}`).optional(),
  starveAfter: duration.optional(),
  enabled: z.boolean('must be true or false').optional(),
});

const id = z.string('must be a text').superRefine((value, context) => {
  const message = idFault(value);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

export const configSchema = z.strictObject({
  id: id.optional(),
  tasks: z.record(z.string(), taskSchema).refine((tasks) => Object.keys(tasks).length > 0, 'has no task'),
});

/** What of a task is written as it must be. */
const partSchema = taskSchema.partial({ command: true });
export type TaskInput = z.output<typeof partSchema>;

/** The keys of a task that are written as they must be, and the names of those that are not, or are missing. */
export function wellFormedPart(written: unknown): { readonly input: TaskInput; readonly faulty: ReadonlySet<string> } {
  const whole = taskSchema.safeParse(written);
  if (whole.success) return { input: whole.data, faulty: new Set() };
  // What is no group of keys misses its command, too.
  if (typeof written !== 'object' || written === null) return { input: {}, faulty: new Set(['command']) };
  const faulty = new Set(
    whole.error.issues.flatMap(({ path: [key], ...issue }) =>
      key === undefined && issue.code === 'unrecognized_keys' ? issue.keys : String(key),
    ),
  );
  const part = partSchema.safeParse(Object.fromEntries(Object.entries(written).filter(([key]) => !faulty.has(key))));
  return { input: part.success ? part.data : {}, faulty };
}

/** The keys that the file may have at a place, for hints. */
export function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  if (path.length === 0) return Object.keys(configSchema.shape);
  if (path.length === 2) return Object.keys(taskSchema.shape);
  switch (path[2]) {
    case 'retries':
      return ['max', 'delay', 'maxDelay'];
    case 'restart':
      return Object.keys(restart.shape);
    case 'liveness':
      return Object.keys(liveness.shape);
    default:
      return [];
  }
}

/** The file's words for a task's options, where they differ. */
const FILE_KEYS: Readonly<Partial<Record<keyof TaskOptions, string>>> = {
  everyMs: 'every',
  timeoutMs: 'timeout',
  killAfterMs: 'killAfter',
  starveAfterMs: 'starveAfter',
};

export function fileKey(key: keyof TaskOptions): string {
  return FILE_KEYS[key] ?? key;
}

/** A task of the file, as a program would declare it. @param folder where relative paths begin. */
export function taskOptions(name: string, input: TaskInput, cwd: string): TaskOptions {
  const { every, timeout, killAfter, starveAfter, retries: tries, restart: again, liveness: probe, ...same } = input;
  return {
    ...same,
    name,
    cwd,
    everyMs: every,
    timeoutMs: timeout,
    killAfterMs: killAfter,
    starveAfterMs: starveAfter,
    retries: tries === undefined ? undefined : retryOptions(tries),
    restart:
      again === undefined
        ? undefined
        : { cooldownMs: again.cooldown, maxCooldownMs: again.maxCooldown, stableMs: again.stable },
    liveness:
      probe === undefined
        ? undefined
        : {
            command: probe.command,
            http: probe.http,
            everyMs: probe.every,
            timeoutMs: probe.timeout,
            failures: probe.failures,
          },
  };
}

function retryOptions(tries: z.output<typeof retries>): TaskOptions['retries'] {
  return 'delay' in tries || 'maxDelay' in tries
    ? { max: tries.max, delayMs: tries.delay, maxDelayMs: tries.maxDelay }
    : { max: tries.max };
}
