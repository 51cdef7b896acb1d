import type { Style } from '../style.js';

export interface Cell {
  readonly text: string;
  readonly tone?: Style | undefined;
}

/** One line of a list. */
export interface Row {
  /** Names it while it is there. */
  readonly key: string;
  readonly cells: readonly Cell[];
  /** What a filter looks at, in lower case. */
  readonly words: string;
}

export function cell(text: string, tone?: Style): Cell {
  return { text, tone };
}
