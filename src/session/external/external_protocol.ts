import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { hasHiddenCharacter } from '../../rpc/request_checks.js';

/** Of what docs/external-adapters.md describes. A change that older adapters can't follow raises it. */
export const PROTOCOL = 1;
/** Longest answer. */
export const MAX_LINE_BYTES = 8 * 1024 * 1024;
/** Of one piece of output. */
export const MAX_OUTPUT_BYTES = 65_536;
const MAX_SESSIONS = 10_000;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** What an adapter can be asked. */
export type Method = 'hello' | 'discover' | 'planLaunch' | 'planResume' | 'result' | 'stop' | 'send' | 'output';

/** A name: shown in lists, and typed by people. */
const name = z
  .string()
  .min(1)
  .max(200)
  .refine((text) => !hasHiddenCharacter(text), { error: 'has a control character' });
const argument = z.string().refine((text) => !text.includes('\0'), { error: 'has a NUL byte' });
const milliseconds = z.number().min(0).optional().transform(orUndefined);
const text = z.string().default('');
const usage = z
  .object({
    inputTokens: z.int().min(0),
    outputTokens: z.int().min(0),
    costUsd: z.number().min(0).optional().transform(orUndefined),
  })
  .optional()
  .transform(orUndefined);

/** JSON leaves out what is undefined; the types here name it. */
function orUndefined<T>(value: T | undefined): T | undefined {
  return value;
}

const session = z.object({
  id: name,
  state: z.enum(['running', 'idle', 'waiting', 'ended']),
  directory: text.refine((path) => path === '' || (isAbsolute(path) && !hasHiddenCharacter(path)), {
    error: 'is no absolute path',
  }),
  title: text,
  prompt: text,
  model: text,
  usage,
  process: z
    .object({ pid: z.int().min(2), startTicks: z.int().min(0) })
    .optional()
    .transform(orUndefined),
  startMs: milliseconds,
  activityMs: milliseconds,
  parentId: text,
});

export const helloAnswer = z.object({ protocol: z.int() });

export const discoverAnswer = z.object({
  sessions: z
    .array(session)
    .max(MAX_SESSIONS)
    .refine((sessions) => new Set(sessions.map(({ id }) => id)).size === sessions.length, {
      error: 'has one id twice',
    }),
});

export type ToldSession = z.output<typeof session>;

export const planAnswer = z.object({
  argv: z.tuple([argument.min(1)], argument),
  environment: z.record(z.string().regex(VARIABLE, { error: 'is no name of a variable' }), argument).default({}),
  input: z.string().optional().transform(orUndefined),
});

export const resultAnswer = z.object({
  /** Null: the output has none. */
  result: z.object({ success: z.boolean(), detail: text, id: text, usage }).nullable(),
});

/** To `stop` and `send`. */
export const emptyAnswer = z.object({});

export const outputAnswer = z.object({
  offset: z.int().min(0),
  output: z
    .base64()
    .transform((encoded) => Buffer.from(encoded, 'base64'))
    .refine((bytes) => bytes.length <= MAX_OUTPUT_BYTES, { error: `has more than ${MAX_OUTPUT_BYTES} bytes` }),
  ended: z.boolean(),
});

const failure = z.object({ code: z.string(), message: z.string() });
const answer = z.union([
  z.object({ id: z.int(), error: failure, result: z.undefined().optional() }),
  z.object({ id: z.int(), result: z.record(z.string(), z.unknown()), error: z.undefined().optional() }),
]);

export type Answer = z.output<typeof answer>;

/** One line of what an adapter says. Undefined: it is no answer at all. */
export function readAnswer(line: string): Answer | undefined {
  try {
    return answer.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

export function requestLine(id: number, method: Method, params: object): string {
  return `${JSON.stringify({ id, method, params })}\n`;
}

/** What is wrong with an answer, in words: `sessions.0.state: …`. */
export function faultIn(error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined) return 'is not as it should be';
  return issue.path.length === 0 ? issue.message : `${issue.path.map(String).join('.')}: ${issue.message}`;
}
