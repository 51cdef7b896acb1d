import { LineCounter, parseDocument } from 'yaml';
import { messageOf } from '../../os/errno.js';
import type { UserDatabase } from '../user_database.js';
import type { Config } from './config.js';
import { completeConfig } from './config_complete.js';
import { crossFaults } from './config_cross_checks.js';
import { type ConfigFault, keyName } from './config_faults.js';
import { faultsOfIssue } from './config_issue.js';
import { resolveNames } from './config_names.js';
import { configSchema } from './config_schema.js';
import { offsetOf } from './yaml_position.js';

export type ParsedConfig =
  | { readonly kind: 'config'; readonly config: Config }
  | { readonly kind: 'faults'; readonly faults: readonly ConfigFault[] };

/** Reads the configuration's text; answers it complete, or all its faults with their lines. */
export async function parseConfig(text: string, users: UserDatabase): Promise<ParsedConfig> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const syntax = document.errors.map((error) => ({
    line: lines.linePos(error.pos[0]).line,
    message: error.code === 'DUPLICATE_KEY' ? twice(text, error.pos) : `not YAML: ${error.message}`,
    broken: error.code !== 'DUPLICATE_KEY',
  }));
  // What follows broken syntax is read wrongly; what stands before it can be judged.
  const firstBroken = Math.min(...syntax.filter((fault) => fault.broken).map((fault) => fault.line), Infinity);
  const place = (path: readonly PropertyKey[], part: 'key' | 'value'): number | undefined => {
    const offset = offsetOf(document.contents, path, part);
    return offset === undefined ? undefined : lines.linePos(offset).line;
  };
  let values: unknown;
  try {
    values = document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch (error) {
    return { kind: 'faults', faults: [...syntax, { line: undefined, message: `not YAML: ${messageOf(error)}` }] };
  }
  const names = await resolveNames(values, users);
  const checked = configSchema.safeParse(values);
  const issues = checked.success ? [] : checked.error.issues.flatMap((issue) => faultsOfIssue(issue, values));
  const crossed = crossFaults(values, names);
  if (checked.success && syntax.length + crossed.length === 0) {
    return { kind: 'config', config: completeConfig(checked.data, names) };
  }
  const faults = [...issues, ...crossed].map(({ path, message, at = 'value' }) => ({
    line: place(path, at),
    message: `${keyName(path)} ${message}`.trim(),
  }));
  return { kind: 'faults', faults: [...syntax, ...faults.filter((fault) => (fault.line ?? 0) < firstBroken)] };
}

/** YAML takes a key once. */
function twice(text: string, [start]: readonly [number, number]): string {
  const key = /^(?:"[^"\n]*"|'[^'\n]*'|[^:\n]*)/.exec(text.slice(start))?.[0].trim() ?? '';
  return `${key} stands there already, in the same group of keys`;
}
