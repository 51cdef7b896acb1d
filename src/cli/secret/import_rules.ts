import { readDotenv } from './dotenv_rules.js';
import { jsonFault } from './json_text.js';
import { nameFault, valueFault } from './secret_limits.js';

/** A secret to put. */
export interface ImportEntry {
  readonly name: string;
  readonly value: string;
}

export interface ImportContents {
  readonly entries: readonly ImportEntry[];
  /** Never a value. */
  readonly faults: readonly string[];
}

interface Placed extends ImportEntry {
  /** Where it stands, for people. */
  readonly place: string;
}

/**
 * The secrets of an env file, or of a JSON object of texts, and all that is
 * wrong with them.
 *
 * @param namespace goes before each name; undefined: none.
 */
export function readImport(text: string, namespace: string | undefined): ImportContents {
  const wrongNamespace = namespace === undefined ? undefined : nameFault(namespace);
  if (wrongNamespace !== undefined) return { entries: [], faults: [`the namespace '${namespace}' ${wrongNamespace}`] };
  const isJson = text.replace(/^\uFEFF/, '').trimStart()[0] === '{';
  const { placed, faults } = isJson ? readJson(text) : readLines(text);
  const first = new Map<string, string>();
  const checked = placed.flatMap(({ name, value, place }) => {
    const full = namespace === undefined ? name : `${namespace}/${name}`;
    const before = first.get(full);
    if (before !== undefined) return [`${place}: ${name} is there twice; it also is ${before}`];
    first.set(full, place);
    const found = [nameFault(full), valueFault(value)].filter((fault) => fault !== undefined);
    return found.map((fault) => `${place}: ${name} ${fault}`);
  });
  if (placed.length === 0 && faults.length === 0) return { entries: [], faults: ['it has no secrets'] };
  const entries = placed.map(({ name, value }) => ({
    name: namespace === undefined ? name : `${namespace}/${name}`,
    value,
  }));
  return { entries, faults: [...faults, ...checked] };
}

function readLines(text: string): { readonly placed: readonly Placed[]; readonly faults: readonly string[] } {
  const { entries, faults } = readDotenv(text);
  return { placed: entries.map(({ name, value, line }) => ({ name, value, place: `line ${line}` })), faults };
}

function readJson(text: string): { readonly placed: readonly Placed[]; readonly faults: readonly string[] } {
  let contents: unknown;
  try {
    contents = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    return { placed: [], faults: [`it ${jsonFault(text, error)}`] };
  }
  const pairs: [string, unknown][] = Object.entries(contents ?? {});
  const faults = pairs.filter(([, value]) => typeof value !== 'string').map(([name]) => `${name} is no text`);
  const placed = pairs.flatMap(([name, value], index) =>
    typeof value === 'string' ? [{ name, value, place: `entry ${index + 1}` }] : [],
  );
  return { placed, faults };
}
