import type { Facts } from './facts.js';

/** `note`: worth knowing, nothing to do. `warning`: something may go wrong. `fault`: something is wrong. */
export type Level = 'ok' | 'note' | 'warning' | 'fault';

export interface Finding {
  readonly level: Level;
  /** What was found, and where it is not plain, why that matters. */
  readonly message: string;
  /** What to do; there for every warning and fault. */
  readonly remedy?: string;
}

/** One thing that the doctor looks at. It changes nothing, and starts nothing. */
export interface Check {
  /** A stable name, such as `socket`. */
  readonly id: string;
  /** What it looks at, in words for `tenure doctor --help`. */
  readonly looksAt: string;
  examine(facts: Facts): readonly Finding[] | Promise<readonly Finding[]>;
}

export const ok = (message: string): Finding => ({ level: 'ok', message });
export const note = (message: string): Finding => ({ level: 'note', message });
export const warning = (message: string, remedy: string): Finding => ({ level: 'warning', message, remedy });
export const fault = (message: string, remedy: string): Finding => ({ level: 'fault', message, remedy });
