import type { ZodError } from 'zod';
import { didYouMean } from '../../rpc/did_you_mean.js';
import type { KeyFault } from './config_faults.js';
import { isHidden } from './config_keys.js';
import { knownKeys } from './config_schema.js';

type Issue = ZodError['issues'][number];

function valueAt(values: unknown, path: readonly PropertyKey[]): unknown {
  let value = values;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, step);
  }
  return value;
}

/** A URL, or a user and a password before a host. */
const CREDENTIALS = /:\/\/|:.*@/;

/** A value as it may stand in a message: short, and no structure. */
function show(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a group of keys';
  const text = JSON.stringify(value) ?? String(value);
  if (CREDENTIALS.test(text)) return 'a text that is not shown, for it may hold credentials';
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

const KIND_NAMES: Readonly<Record<string, string>> = {
  object: 'a group of keys',
  record: 'a group of keys',
  array: 'a list',
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

/** The faults that an issue of the schema stands for. */
export function faultsOfIssue(issue: Issue, values: unknown): readonly KeyFault[] {
  const { path } = issue;
  const given = valueAt(values, path);
  const one = (message: string) => [{ path, message }];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: [...path, key], message: unknownKey(path, key), at: 'key' }));
    case 'invalid_type':
      if (given === undefined) return one('is missing');
      // A key that says more of what it takes than its kind.
      if (issue.message.startsWith('expected ')) return one(`is ${show(given)}, ${issue.message}`);
      return one(
        `is ${show(given)}, expected ${KIND_NAMES[issue.expected] ?? issue.expected}${groupedIn(path, issue.expected)}`,
      );
    case 'invalid_value': {
      if (given === undefined) return one(`is missing; expected one of ${issue.values.join(', ')}`);
      const meant = didYouMean(String(given), issue.values.map(String));
      const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
      return one(`is ${show(given)}, expected one of ${issue.values.join(', ')}${hint}`);
    }
    case 'too_small':
      if (Array.isArray(given) && given.length === 0) return one('is empty, expected at least one entry');
      return one(`is ${show(given)}, expected at least ${issue.minimum}${countedIn(issue.origin)}`);
    case 'too_big':
      return one(`is ${show(given)}, expected at most ${issue.maximum}${countedIn(issue.origin)}`);
    case 'invalid_format':
      return one(`is ${show(given)}, expected an absolute path`);
    case 'custom':
      return one(isHidden(issue.params) ? issue.message : `is ${show(given)}, ${issue.message}`);
    default:
      return one(`is ${show(given)}, ${issue.message}`);
  }
}

/** What the group is made of. */
function groupedIn(path: readonly PropertyKey[], expected: string): string {
  const known = expected === 'object' ? knownKeys(path) : [];
  return known.length === 0 ? '' : `: ${known.join(', ')}`;
}

function countedIn(origin: string): string {
  switch (origin) {
    case 'string':
      return ' characters';
    case 'array':
      return ' entries';
    default:
      return '';
  }
}

function unknownKey(path: readonly PropertyKey[], key: string): string {
  const known = knownKeys(path);
  const meant = didYouMean(key, known);
  return meant === undefined ? `is unknown; known here: ${known.join(', ')}` : `is unknown; did you mean ${meant}?`;
}
