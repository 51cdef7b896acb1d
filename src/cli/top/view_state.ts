import { LEASE_SORTS, type LeaseSort } from './lease_rows.js';
import type { Row } from './rows.js';
import { SESSION_SORTS, type SessionSort } from './session_rows.js';
import { TASK_SORTS, type TaskSort } from './task_rows.js';

export const SECTIONS = ['leases', 'sessions', 'tasks'] as const;
export type SectionName = (typeof SECTIONS)[number];

/** Where the cursor of a list is: on a row, or, once that is gone, where it was. */
export interface Selection {
  readonly key: string | undefined;
  readonly index: number;
}

/** What asks before it is done. */
export type Order =
  | { readonly kind: 'revoke'; readonly leaseId: string; readonly what: string }
  | { readonly kind: 'yield'; readonly leaseId: string; readonly what: string }
  | { readonly kind: 'stop'; readonly sessionId: string; readonly what: string };

export type Mode =
  | { readonly kind: 'list' }
  | { readonly kind: 'filter'; readonly before: string }
  | { readonly kind: 'confirm'; readonly order: Order }
  /** A page that covers the lists: an explanation, or the help. */
  | { readonly kind: 'page'; readonly title: string; readonly lines: readonly string[]; readonly top: number };

/** What the person at the keyboard has made of the view. */
export interface ViewState {
  readonly section: SectionName;
  readonly selections: Readonly<Record<SectionName, Selection>>;
  readonly leaseSort: LeaseSort;
  readonly sessionSort: SessionSort;
  readonly taskSort: TaskSort;
  readonly filter: string;
  readonly mode: Mode;
  /** What came of the last order. */
  readonly note: { readonly text: string; readonly failed: boolean } | undefined;
}

const FIRST: Selection = { key: undefined, index: 0 };

export const FIRST_VIEW: ViewState = {
  section: 'leases',
  selections: { leases: FIRST, sessions: FIRST, tasks: FIRST },
  leaseSort: LEASE_SORTS[0],
  sessionSort: SESSION_SORTS[0],
  taskSort: TASK_SORTS[0],
  filter: '',
  mode: { kind: 'list' },
  note: undefined,
};

/** The rows that have all words of the filter in them. */
export function filtered(rows: readonly Row[], filter: string): readonly Row[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  return words.length === 0 ? rows : rows.filter((row) => words.every((word) => row.words.includes(word)));
}

/** Where the selection is among these rows; -1 where there is none. */
export function selectedIndex(rows: readonly Row[], { key, index }: Selection): number {
  const found = rows.findIndex((row) => row.key === key);
  return found >= 0 ? found : Math.min(index, rows.length - 1);
}
