import { dirname, resolve } from 'node:path';
import { isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import type { z } from 'zod';
import { messageOf } from '../runs/run_end.js';
import { configSchema, fileKey, knownKeys, taskOptions, wellFormedPart } from './config_schema.js';
import { taskFaults } from './task_fault_rules.js';
import type { TaskOptions } from './task_options.js';

export interface OrchestratorConfig {
  readonly id: string | undefined;
  readonly tasks: readonly TaskOptions[];
}

export interface ConfigFault {
  /** From 1; undefined: of the file as a whole. */
  readonly line: number | undefined;
  readonly message: string;
}

export type ParsedConfig = { readonly config: OrchestratorConfig } | { readonly faults: readonly ConfigFault[] };

type Path = readonly PropertyKey[];

/**
 * Reads the text of an orchestrator's file; answers its tasks, or all of its
 * faults with their lines.
 *
 * @param path where the text is from: relative paths in it begin at its folder.
 */
export function parseConfig(text: string, path: string): ParsedConfig {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    return {
      faults: document.errors.map(({ pos, message }) => ({
        line: lines.linePos(pos[0]).line,
        message: `not YAML: ${message}`,
      })),
    };
  }
  let values: unknown;
  try {
    values = document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch (error) {
    return { faults: [{ line: undefined, message: `not YAML: ${messageOf(error)}` }] };
  }
  const fault = (at: Path, message: string): ConfigFault => {
    const offset = offsetOf(document.contents, at);
    const name = at.map(String).join('.');
    return {
      line: offset === undefined ? undefined : lines.linePos(offset).line,
      message: name === '' ? message : `${name} ${message}`,
    };
  };
  const checked = configSchema.safeParse(values);
  const folder = dirname(resolve(path));
  const written = valueAt(values, ['tasks']);
  const parts = Object.entries(isRecord(written) ? written : {}).map(([name, task]) => {
    const { input, faulty } = wellFormedPart(task);
    return { faulty, options: taskOptions(name, input, resolve(folder, input.cwd ?? '.')) };
  });
  const faultyKeys = new Map(parts.map(({ faulty, options }) => [options.name, faulty]));
  const options = parts.map((part) => part.options);
  const faults = [
    ...(checked.error?.issues ?? []).flatMap((issue) =>
      faultsOfIssue(issue, fault, (at) => valueAt(values, at) === undefined),
    ),
    ...taskFaults(options)
      // The key that it misses may be there, written wrongly: that is told already.
      .filter(({ task, misses }) => misses === undefined || faultyKeys.get(task)?.has(fileKey(misses)) !== true)
      .map(({ task, key, message }) =>
        fault(['tasks', task, ...(key === undefined || key === 'name' ? [] : [fileKey(key)])], message),
      ),
  ];
  if (checked.success && faults.length === 0) return { config: { id: checked.data.id, tasks: options } };
  return { faults: faults.toSorted((one, other) => (one.line ?? 0) - (other.line ?? 0)) };
}

function faultsOfIssue(
  issue: z.core.$ZodIssue,
  fault: (at: Path, message: string) => ConfigFault,
  isMissing: (at: Path) => boolean,
): readonly ConfigFault[] {
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = knownKeys(issue.path);
      const hint = known.length === 0 ? 'is unknown' : `is unknown; known here: ${known.join(', ')}`;
      return issue.keys.map((key) => fault([...issue.path, key], hint));
    }
    case 'invalid_type': {
      const wanted =
        issue.expected === 'object' || issue.expected === 'record' ? 'must be a group of keys' : issue.message;
      return [fault(issue.path, isMissing(issue.path) ? 'is missing' : wanted)];
    }
    case 'invalid_union': {
      // The part that came nearest says more than the union as a whole.
      const [nearest] = issue.errors.filter(([first]) => first !== undefined && first.path.length > 0);
      const inner = (nearest ?? []).map((one) => ({ ...one, path: [...issue.path, ...one.path] }));
      return inner.length > 0
        ? inner.flatMap((one) => faultsOfIssue(one, fault, isMissing))
        : [fault(issue.path, issue.message)];
    }
    default:
      return [fault(issue.path, issue.message)];
  }
}

function valueAt(values: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, step) => (isRecord(value) ? value[String(step)] : undefined), values);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Where the deepest part of the path begins that the text has. */
function offsetOf(contents: unknown, path: Path): number | undefined {
  let node: unknown = contents;
  let offset = startOf(contents);
  for (const step of path) {
    if (!isMap(node)) break;
    const pair = node.items.find(({ key }) => isScalar(key) && key.value === step);
    if (pair === undefined) break;
    offset = startOf(pair.key) ?? offset;
    node = pair.value;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'range' in value;
}
