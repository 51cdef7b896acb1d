import { parseObject, textAt } from './json_rules.js';

/**
 * The first text under a key in an output of JSON lines, the last of which may
 * be cut. No text within them is taken for it: there its quotes are escaped.
 */
export function firstTextAt(output: string, key: string): string {
  return new RegExp(`"${key}"\\s*:\\s*"([^"\\\\]+)"`).exec(output)?.[1] ?? '';
}

/** The text under a key of the first whole line of a type. */
export function textOfFirst(output: string, type: string, key: string): string {
  for (const line of output.split('\n')) {
    const object = parseObject(line);
    if (object !== undefined && textAt(object, 'type') === type) return textAt(object, key);
  }
  return '';
}
