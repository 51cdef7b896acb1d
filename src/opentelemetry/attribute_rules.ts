/** Attributes as spans, metrics and records take them. */
export type AttributeValues = Record<string, string | number | boolean | string[]>;

/**
 * Fields of requests and answers that tell what a call was about. No others
 * ever become attributes: not tokens, values, prompts, commands or reasons.
 */
const PLAIN_FIELDS: ReadonlyMap<string, string> = new Map([
  ['resource', 'tenure.resource'],
  ['clientId', 'tenure.client_id'],
  ['leaseId', 'tenure.lease_id'],
  ['sessionId', 'tenure.session_id'],
  ['fuseId', 'tenure.fuse_id'],
  ['adapter', 'tenure.adapter'],
  ['task', 'tenure.task'],
  ['runId', 'tenure.task_run_id'],
]);
/** Fields whose own fields are looked at, too. */
const OUTER_FIELDS = new Set([
  'wishes',
  'results',
  'outcome',
  'value',
  'lease',
  'session',
  'secret',
  'revoked',
  'fuse',
  'task',
]);
/** Entries of a list that are looked at; lists may be long. */
const MOST_ENTRIES = 10;
const DEEPEST = 5;
const LONGEST_TEXT = 1_024;

/** What a message of the contract tells of its call. Where several name the same thing, the attribute is a list. */
export function attributesOf(message: unknown): AttributeValues {
  const found = new Map<string, Set<string>>();
  collect(message, 0, found);
  return Object.fromEntries(
    [...found].map(([name, values]) => {
      const all = [...values];
      return [name, all.length === 1 && all[0] !== undefined ? all[0] : all];
    }),
  );
}

const SECRET_SERVICE = 'tenure.secret.v1.SecretService';

/** The secret that a call names, as the resource on which its leases are; none for other services. */
export function secretOf(service: string, request: unknown): AttributeValues {
  if (service !== SECRET_SERVICE) return {};
  const target = fieldOf(request, 'target');
  const name = caseOf(target) === 'name' ? fieldOf(target, 'value') : fieldOf(request, 'name');
  if (typeof name !== 'string' || name === '') return {};
  return { 'tenure.resource': `secret/${name}`.slice(0, LONGEST_TEXT) };
}

function collect(message: unknown, depth: number, found: Map<string, Set<string>>): void {
  if (typeof message !== 'object' || message === null || depth > DEEPEST || ArrayBuffer.isView(message)) return;
  if (Array.isArray(message)) {
    for (const entry of message.slice(0, MOST_ENTRIES)) collect(entry, depth + 1, found);
    return;
  }
  for (const [field, value] of Object.entries(message)) {
    const attribute = PLAIN_FIELDS.get(field);
    if (attribute !== undefined && typeof value === 'string' && value !== '') {
      const values = found.get(attribute) ?? new Set();
      if (values.size < MOST_ENTRIES) values.add(value.slice(0, LONGEST_TEXT));
      found.set(attribute, values);
    } else if (OUTER_FIELDS.has(field)) collect(value, depth + 1, found);
  }
}

/** How an acquire ended: the worst of its resources' outcomes. */
export function acquireOutcome(answer: unknown): 'granted' | 'inherited' | 'held' | undefined {
  const outcomes = resultsOf(answer).map((result) => caseOf(fieldOf(result, 'outcome')));
  for (const outcome of ['held', 'granted', 'inherited'] as const) if (outcomes.includes(outcome)) return outcome;
  return undefined;
}

/** Which case of a oneof is set. */
export function caseOf(oneof: unknown): string | undefined {
  const name = fieldOf(oneof, '$case');
  return typeof name === 'string' ? name : undefined;
}

function resultsOf(answer: unknown): readonly unknown[] {
  const results = fieldOf(answer, 'results');
  return Array.isArray(results) ? results : [];
}

export function fieldOf(message: unknown, field: string): unknown {
  return typeof message === 'object' && message !== null ? Reflect.get(message, field) : undefined;
}
