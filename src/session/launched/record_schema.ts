import { z } from 'zod';
import type { LaunchRecord } from './record.js';

const identity = z.object({ pid: z.int().min(1), startTicks: z.number() });
const optionalMs = z.number().min(0).optional().transform(orUndefined);

/** JSON leaves out what is undefined; the record names it. */
function orUndefined<T>(value: T | undefined): T | undefined {
  return value;
}

const outcome = z.enum([
  'success',
  'failure',
  'usage',
  'blocked',
  'nothing-ready',
  'work-failed',
  'infrastructure',
  'not-executable',
  'not-found',
  'signal',
  'timed-out',
  'stalled',
  'cancelled',
  'exit-unknown',
]);

/** What `record.json` must be; a file of another version, or a damaged one, is not. */
export const recordSchema: z.ZodType<LaunchRecord> = z.object({
  sessionId: z.string().regex(/^s[a-z2-7]{12}$/),
  adapter: z.string(),
  nativeId: z.string(),
  command: z.string(),
  directory: z.string(),
  prompt: z.string(),
  model: z.string(),
  group: z.string(),
  labels: z.record(z.string(), z.string()),
  parentSessionId: z.string(),
  limits: z.object({
    timeoutMs: optionalMs,
    stallMs: optionalMs,
    stopOnStall: z.boolean(),
    outputBytes: z.number(),
  }),
  keepStdin: z.boolean(),
  launchUid: z.int(),
  requestId: z.string(),
  requestDigest: z.string().default(''),
  startWallMs: z.number(),
  startBoottimeMs: z.number(),
  bootId: z.string(),
  shim: identity,
  main: identity,
  leaseIds: z.array(z.string()),
  worktree: z
    .object({ path: z.string(), branch: z.string(), repository: z.string() })
    .optional()
    .transform(orUndefined),
  agent: z
    .object({
      name: z.string(),
      repo: z.string(),
      workUnit: z.string(),
      container: z.object({ id: z.string(), name: z.string(), image: z.string() }),
      dueWallMs: optionalMs,
    })
    .optional()
    .transform(orUndefined),
  onComplete: z.string(),
  webhook: z.string(),
  hooks: z.array(
    z.object({
      hook: z.enum(['on-create', 'on-complete', 'webhook']),
      success: z.boolean(),
      detail: z.string(),
      attempts: z.int(),
      wallMs: z.number(),
    }),
  ),
  stop: z
    .object({
      by: z.enum(['client', 'timeout', 'stall', 'fuse']),
      uid: z.int(),
      pid: z.int(),
      reason: z.string(),
      wallMs: z.number(),
    })
    .optional()
    .transform(orUndefined),
  usage: z
    .object({
      inputTokens: z.number(),
      outputTokens: z.number(),
      costUsd: z.number().optional().transform(orUndefined),
    })
    .optional()
    .transform(orUndefined),
  end: z
    .object({
      outcome,
      detail: z.string(),
      exitCode: z.int().optional().transform(orUndefined),
      signal: z.int(),
      wallMs: z.number(),
    })
    .optional()
    .transform(orUndefined),
});
