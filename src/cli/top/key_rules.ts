import { LEASE_SORTS } from './lease_rows.js';
import type { Row } from './rows.js';
import { SESSION_SORTS } from './session_rows.js';
import { TASK_SORTS } from './task_rows.js';
import { type Order, type SectionName, selectedIndex, type ViewState } from './view_state.js';

/** A key as Node's readline tells it. */
export interface Key {
  readonly name: string;
  readonly ctrl: boolean;
  /** What it would write; empty for keys that write nothing. */
  readonly text: string;
}

/** What a key asks for besides another view. */
export type Wish =
  | { readonly kind: 'quit' }
  | { readonly kind: 'suspend' }
  | { readonly kind: 'redraw' }
  | { readonly kind: 'help' }
  | { readonly kind: 'explain'; readonly section: SectionName; readonly key: string }
  | { readonly kind: 'do'; readonly order: Order };

/** What is on the screen when a key comes. */
export interface Shown {
  /** Those that there are. */
  readonly sections: readonly SectionName[];
  readonly rows: Readonly<Record<SectionName, readonly Row[]>>;
  /** Rows that fit into the list, or lines into a page. */
  readonly pageSize: number;
  /** Lines of the page, as they are broken. */
  readonly pageLines: number;
}

export interface Answer {
  readonly view: ViewState;
  readonly wish?: Wish;
}

/** What a key does to the view. */
export function press(view: ViewState, key: Key, shown: Shown): Answer {
  if (key.ctrl && key.name === 'c') return { view, wish: { kind: 'quit' } };
  if (key.ctrl && key.name === 'z') return { view, wish: { kind: 'suspend' } };
  if (key.ctrl && key.name === 'l') return { view, wish: { kind: 'redraw' } };
  switch (view.mode.kind) {
    case 'list':
      return pressInList({ ...view, note: undefined }, key, shown);
    case 'filter':
      return { view: pressInFilter(view, view.mode.before, key) };
    case 'confirm': {
      const list: ViewState = { ...view, mode: { kind: 'list' } };
      return key.text.toLowerCase() === 'y'
        ? { view: list, wish: { kind: 'do', order: view.mode.order } }
        : { view: list };
    }
    case 'page': {
      if (['q', 'escape', 'return', 'e', '?'].includes(nameOf(key)))
        return { view: { ...view, mode: { kind: 'list' } } };
      const top = moved(view.mode.top, key, shown.pageSize, Math.max(0, shown.pageLines - shown.pageSize));
      return { view: { ...view, mode: { ...view.mode, top } } };
    }
  }
}

function nameOf({ name, text }: Key): string {
  return text !== '' && text > ' ' ? text : name;
}

function pressInList(view: ViewState, key: Key, shown: Shown): Answer {
  const { section } = view;
  const rows = shown.rows[section];
  const index = selectedIndex(rows, view.selections[section]);
  const row = rows[index];
  switch (nameOf(key)) {
    case 'q':
      return { view, wish: { kind: 'quit' } };
    case '?':
    case 'h':
      return { view, wish: { kind: 'help' } };
    case '/':
      return { view: { ...view, mode: { kind: 'filter', before: view.filter } } };
    case 'escape':
      return { view: { ...view, filter: '' } };
    case 'tab':
      return { view: { ...view, section: next(shown.sections, section) } };
    case 's':
      return { view: sorted(view) };
    case 'e':
    case 'return':
      return row === undefined ? { view } : { view, wish: { kind: 'explain', section, key: row.key } };
    case 'r':
    case 'x':
    case 'y': {
      const order = row === undefined ? undefined : orderOn(section, row, nameOf(key));
      return { view: order === undefined ? view : { ...view, mode: { kind: 'confirm', order } } };
    }
    default: {
      const target = moved(Math.max(0, index), key, shown.pageSize, Math.max(0, rows.length - 1));
      const selection = { key: rows[target]?.key, index: target };
      return { view: { ...view, selections: { ...view.selections, [section]: selection } } };
    }
  }
}

/** `r` revokes a lease, `y` asks its holder to yield, `x` stops a session. */
function orderOn(section: SectionName, row: Row, name: string): Order | undefined {
  const [first, , third] = row.cells.map(({ text }) => text);
  if (section === 'leases') {
    // A queue on a resource that nobody holds has nothing to revoke.
    if (row.key.startsWith('queue ')) return undefined;
    if (name === 'r')
      return { kind: 'revoke', leaseId: row.key, what: `revoke the lease on ${first}, held by ${third}` };
    return name === 'y' ? { kind: 'yield', leaseId: row.key, what: `ask ${third} to give back ${first}` } : undefined;
  }
  if (section !== 'sessions') return undefined;
  return name === 'x' ? { kind: 'stop', sessionId: row.key, what: `stop session ${first}` } : undefined;
}

function sorted(view: ViewState): ViewState {
  if (view.section === 'leases') return { ...view, leaseSort: next(LEASE_SORTS, view.leaseSort) };
  if (view.section === 'tasks') return { ...view, taskSort: next(TASK_SORTS, view.taskSort) };
  return { ...view, sessionSort: next(SESSION_SORTS, view.sessionSort) };
}

function next<T>(all: readonly T[], current: T): T {
  return all[(all.indexOf(current) + 1) % all.length] ?? current;
}

function moved(from: number, key: Key, pageSize: number, last: number): number {
  const to = (): number => {
    switch (nameOf(key)) {
      case 'up':
      case 'k':
        return from - 1;
      case 'down':
      case 'j':
        return from + 1;
      case 'pageup':
        return from - pageSize;
      case 'pagedown':
        return from + pageSize;
      case 'home':
      case 'g':
        return 0;
      case 'end':
      case 'G':
        return last;
      default:
        return from;
    }
  };
  return Math.max(0, Math.min(last, to()));
}

function pressInFilter(view: ViewState, before: string, key: Key): ViewState {
  switch (key.name) {
    case 'return':
      return { ...view, mode: { kind: 'list' } };
    case 'escape':
      return { ...view, filter: before, mode: { kind: 'list' } };
    case 'backspace':
      return { ...view, filter: [...view.filter].slice(0, -1).join('') };
    default:
      if (key.ctrl) return key.name === 'u' ? { ...view, filter: '' } : view;
      // Control characters could drive the terminal.
      return { ...view, filter: view.filter + key.text.replaceAll(/\p{Cc}/gu, '') };
  }
}
