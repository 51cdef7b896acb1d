import { readDuration } from '@tenure/client/duration-text';
import { z } from 'zod';
import { clientIdFault, nameFault } from './secret_limits.js';

export const ENVIRONMENT_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Carries what a command runs under; nothing may take its place. */
const KEPT_VARIABLE = 'TENURE_LEASES';

/** A text with a rule of its own, whose words follow the key. */
function text(faultOf: (value: string) => string | undefined) {
  return z.string().superRefine((value, context) => {
    const message = faultOf(value);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });
}

function variableFault(name: string): string | undefined {
  if (name === KEPT_VARIABLE) return `is ${KEPT_VARIABLE}, which tenure keeps for itself`;
  if (ENVIRONMENT_NAME.test(name)) return undefined;
  return 'is no name of an environment variable; it has letters, digits and _, and no digit first';
}

/** Milliseconds of `1h` or of a number of seconds. */
const ttl = z.unknown().transform((value, context): number => {
  const given = typeof value === 'string' ? readDuration(value) : undefined;
  const milliseconds = typeof value === 'number' && Number.isFinite(value) ? Math.round(value * 1_000) : given;
  if (milliseconds !== undefined && milliseconds > 0) return milliseconds;
  context.addIssue({ code: 'custom', message: 'is no duration; write it like "30s", "5m" or "1h", or in seconds' });
  return z.NEVER;
});

const projectSchema = z.strictObject({
  secrets: z
    .array(z.strictObject({ name: text(nameFault), env_var: text(variableFault), ttl: ttl.optional() }))
    .min(1, 'is empty; name at least one secret'),
  client_id: text(clientIdFault).optional(),
  ttl: ttl.optional(),
  env_file: text((path) => (path === '' || path.includes('\0') ? 'is no path of a file' : undefined)).optional(),
});

export type ProjectInput = z.output<typeof projectSchema>;

/** The checked contents, or all of its faults: each the path of a key and what is wrong with it. */
export function checkProject(contents: unknown): { readonly project: ProjectInput } | { readonly faults: string[] } {
  const result = projectSchema.safeParse(contents);
  // Not a rule of the schema: zod leaves those of a whole out where a part has a fault.
  const twice = doubledVariables(contents);
  if (result.success && twice.length === 0) return { project: result.data };
  return { faults: [...(result.error?.issues ?? []).flatMap(describeIssue), ...twice] };
}

function describeIssue(issue: z.core.$ZodIssue): string[] {
  const key = keyName(issue.path);
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = issue.path.length === 0 ? projectSchema.shape : projectSchema.shape.secrets.element.shape;
      const hint = `is unknown; known here: ${Object.keys(known).join(', ')}`;
      return issue.keys.map((unknown) => `${keyName([...issue.path, unknown])} ${hint}`);
    }
    case 'invalid_type':
      return [
        `${key} ${issue.message.endsWith('received undefined') ? 'is missing' : `must be ${KINDS[issue.expected] ?? issue.expected}`}`,
      ];
    default:
      return [`${key} ${issue.message}`];
  }
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  array: 'a list, [...]',
  object: 'an object, {...}',
};

/** `secrets[0].env_var`; the whole file where the path is empty. */
function keyName(path: readonly PropertyKey[]): string {
  let name = '';
  for (const step of path) name += typeof step === 'number' ? `[${step}]` : `${name === '' ? '' : '.'}${String(step)}`;
  return name === '' ? 'the file' : name;
}

function doubledVariables(contents: unknown): string[] {
  const list = field(contents, 'secrets');
  if (!Array.isArray(list)) return [];
  const first = new Map<string, number>();
  return list.flatMap((entry: unknown, index) => {
    const variable = field(entry, 'env_var');
    if (typeof variable !== 'string') return [];
    const before = first.get(variable);
    if (before === undefined) first.set(variable, index);
    return before === undefined ? [] : [`secrets[${index}].env_var is ${variable}, as secrets[${before}].env_var is`];
  });
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
