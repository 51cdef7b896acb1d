import { readDuration } from '@tenure/client/duration-text';
import { z } from 'zod';
import { readByteSize } from '../byte_size.js';

/** Beyond it, a misplaced line would start more than anybody meant. */
const MOST_COMBINATIONS = 256;

const text = z.string().refine((value) => value.trim() !== '', 'is empty');
const list = <T extends z.ZodType>(element: T) => z.array(element).min(1, 'is empty');

/** Milliseconds of a text such as `30m`. */
const duration = z.unknown().transform((value, context): number => {
  const milliseconds = typeof value === 'string' ? readDuration(value) : undefined;
  if (milliseconds !== undefined && milliseconds > 0) return milliseconds;
  context.addIssue({ code: 'custom', message: 'is no duration; write it like 30s, 5m or 1h' });
  return z.NEVER;
});

const bytes = z.unknown().transform((value, context): number => {
  const size = readByteSize(String(value));
  if (size !== undefined && size > 0) return size;
  context.addIssue({ code: 'custom', message: 'is no number of bytes; write it like 64KiB or 8MiB' });
  return z.NEVER;
});

const namedAdapter = z.strictObject({ name: text, models: list(text).optional(), args: list(z.string()).optional() });

const matrixSchema = z.strictObject({
  group: text.optional(),
  directory: text,
  worktree: z
    .union([z.boolean(), z.strictObject({ base: text.optional() })], 'must be true, or {base: REF}')
    .optional(),
  adapters: list(z.union([text, namedAdapter], 'must be a name, or {name, models, args}')),
  models: list(text).optional(),
  prompts: list(text),
  args: z.array(z.string()).optional(),
  timeout: duration.optional(),
  stall: duration.optional(),
  stopOnStall: z.boolean().optional(),
  outputBytes: bytes.optional(),
  labels: z.record(text, z.string()).optional(),
  onCreate: text.optional(),
  onComplete: text.optional(),
  webhook: text.optional(),
  force: z.boolean().optional(),
});

export type MatrixInput = z.output<typeof matrixSchema>;

/** The checked contents, or all of its faults: each the path of a key and what is wrong with it. */
export function checkMatrix(
  contents: unknown,
): { readonly matrix: MatrixInput } | { readonly faults: readonly string[] } {
  const result = matrixSchema.safeParse(contents);
  if (!result.success) return { faults: result.error.issues.flatMap(describeIssue) };
  const faults = crossFaults(result.data);
  return faults.length === 0 ? { matrix: result.data } : { faults };
}

function crossFaults({ adapters, models, prompts, worktree, force, stall, stopOnStall }: MatrixInput): string[] {
  const perAdapter = adapters.map(
    (adapter) => (typeof adapter === 'string' ? models : (adapter.models ?? models))?.length ?? 1,
  );
  const count = perAdapter.reduce((sum, one) => sum + one, 0) * prompts.length;
  const faults: string[] = [];
  if (count > MOST_COMBINATIONS) faults.push(`the file makes ${count} sessions; ${MOST_COMBINATIONS} is the most`);
  const isApart = worktree !== undefined && worktree !== false;
  if (count > 1 && !isApart && force !== true) {
    faults.push(`worktree is not true, and ${count} sessions would want the same directory for themselves`);
  }
  if (stopOnStall === true && stall === undefined) faults.push('stopOnStall needs stall, which says after how long');
  return faults;
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  array: 'a list',
  object: 'a group of keys',
  record: 'a group of keys',
  boolean: 'true or false',
};

function describeIssue(issue: z.core.$ZodIssue): string[] {
  const key = keyName(issue.path);
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = issue.path.length === 0 ? Object.keys(matrixSchema.shape) : [];
      const hint = known.length === 0 ? 'is unknown' : `is unknown; known here: ${known.join(', ')}`;
      return issue.keys.map((unknown) => `${keyName([...issue.path, unknown])} ${hint}`);
    }
    case 'invalid_type': {
      const isMissing = issue.message.endsWith('received undefined');
      return [`${key} ${isMissing ? 'is missing' : `must be ${KINDS[issue.expected] ?? issue.expected}`}`];
    }
    default:
      return [`${key} ${issue.message}`];
  }
}

/** `adapters[0].models`; the whole file where the path is empty. */
function keyName(path: readonly PropertyKey[]): string {
  let name = '';
  for (const step of path) name += typeof step === 'number' ? `[${step}]` : `${name === '' ? '' : '.'}${String(step)}`;
  return name === '' ? 'the file' : name;
}
