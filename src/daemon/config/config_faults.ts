import { ExitCode, StartFailure } from '../start_failure.js';

/** Something wrong with the configuration, for the person who wrote it. */
export interface ConfigFault {
  /** Counted from 1; undefined where the fault is the file as a whole. */
  readonly line: number | undefined;
  /** What is wrong and what is expected. */
  readonly message: string;
}

/** A fault at a key, before its line is known. */
export interface KeyFault {
  readonly path: readonly PropertyKey[];
  /** Where it is said to be; the value, unless the key itself is wrong. */
  readonly at?: 'key' | 'value';
  /** Follows the key's name. */
  readonly message: string;
}

/** The key as one would say it: `leases.policies[2].maxTtl`. */
export function keyName(path: readonly PropertyKey[]): string {
  let name = '';
  for (const step of path)
    name += typeof step === 'number' ? `[${step}]` : `${name === '' ? '' : '.'}${stepName(String(step))}`;
  return name;
}

/** A key that is no plain word is set apart from what stands around it. */
function stepName(key: string): string {
  return /^[\w./:@-]*$/.test(key) ? key : `'${key}'`;
}

function say(path: string, faults: readonly ConfigFault[]): string {
  const lines = faults
    .toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0))
    .map((fault) => (fault.line === undefined ? `  ${fault.message}` : `  line ${fault.line}: ${fault.message}`));
  const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`;
  return [`the configuration ${path} has ${count}:`, ...lines].join('\n');
}

/** The configuration is wrong; the message tells all its faults, in the order of their lines. */
export class ConfigInvalid extends StartFailure {
  readonly faults: readonly ConfigFault[];

  constructor(path: string, faults: readonly ConfigFault[]) {
    super(ExitCode.CONFIG, say(path, faults));
    this.faults = faults;
  }
}
