import { z } from 'zod';
import { type Declaration, RUN_STATUSES, TASK_KINDS, type TaskRunRecord, TRIGGER_KINDS } from './run_record.js';

/** What one line of the journal says. */
export type JournalEntry =
  | { readonly kind: 'run'; readonly run: TaskRunRecord }
  | { readonly kind: 'declared'; readonly declaration: Declaration }
  /** What was said of the task before counts no more. */
  | { readonly kind: 'forgotten'; readonly task: string };

const identity = z.object({ pid: z.int().min(1), startTicks: z.number() });
/** Of the years 1 to 9999: what is none can't be shown. */
const moment = z.number().min(-62_135_596_800_000).max(253_402_300_799_999);
const optionalMoment = moment.optional().transform(orUndefined);

/** JSON leaves out what is undefined; the record names it. */
function orUndefined<T>(value: T | undefined): T | undefined {
  return value;
}

const runSchema: z.ZodType<TaskRunRecord> = z.object({
  runId: z.string().min(1),
  task: z.string().min(1),
  orchestratorId: z.string(),
  parentRunId: z.string(),
  status: z.enum(RUN_STATUSES),
  reasonCode: z.string(),
  phase: z.string(),
  error: z.string(),
  exitCode: z.int().optional().transform(orUndefined),
  signal: z.int(),
  startWallMs: moment,
  workWallMs: optionalMoment,
  outputPath: z.string().default(''),
  endWallMs: optionalMoment,
  process: identity.optional().transform(orUndefined),
  recorder: identity.optional().transform(orUndefined),
  bootId: z.string(),
  uid: z.int(),
  resources: z.array(z.string()),
  leaseIds: z.array(z.string()),
  holder: z
    .object({
      leaseId: z.string(),
      resource: z.string(),
      pid: z.int(),
      description: z.string(),
      clientId: z.string(),
      reason: z.string(),
    })
    .optional()
    .transform(orUndefined),
  blockingTask: z.string(),
  blockingRunId: z.string(),
  trigger: z.object({
    kind: z.enum(TRIGGER_KINDS),
    triggerId: z.string(),
    afterRunId: z.string(),
    afterTask: z.string(),
  }),
  attempt: z.int(),
  count: z.int(),
  countedRunId: z.string(),
  guessed: z.boolean(),
});

const declarationSchema: z.ZodType<Declaration> = z.object({
  orchestratorId: z.string().min(1),
  uid: z.int(),
  wallMs: moment,
  tasks: z.array(
    z.object({
      name: z.string().min(1),
      kind: z.enum(TASK_KINDS),
      schedule: z.string(),
      resources: z.array(z.string()),
      priority: z.number(),
      enabled: z.boolean(),
      starveAfterMs: z.number().optional().transform(orUndefined),
      nextRunWallMs: optionalMoment,
      description: z.string(),
    }),
  ),
});

const entrySchema: z.ZodType<JournalEntry> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('run'), run: runSchema }),
  z.object({ kind: z.literal('declared'), declaration: declarationSchema }),
  z.object({ kind: z.literal('forgotten'), task: z.string().min(1) }),
]);

/** With its end. */
export function journalLine(entry: JournalEntry): string {
  return `${JSON.stringify(entry)}\n`;
}

/** Undefined: it is torn, or not of this version. */
export function readJournalLine(line: string): JournalEntry | undefined {
  try {
    return entrySchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
