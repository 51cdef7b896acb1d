import type { Line } from './frame_rules.js';
import type { SectionName, ViewState } from './view_state.js';

const KEYS: Readonly<Record<SectionName, string>> = {
  leases: 'e explain  r revoke  y yield',
  sessions: 'e show  x stop',
  tasks: 'e show',
};

/** The last line: what is asked, what came of it, or what the keys do. */
export function footerOf({ mode, note, filter, section }: ViewState): Line {
  switch (mode.kind) {
    case 'filter':
      return [
        { text: `filter: ${filter}` },
        { text: ' ', tone: 'inverse' },
        { text: '  Enter keeps it, Esc does not', tone: 'dim' },
      ];
    case 'confirm':
      return [{ text: `${mode.order.what}? [y/N]`, tone: 'yellow' }];
    case 'page':
      return [{ text: 'q back  up/down scroll', tone: 'dim' }];
    case 'list': {
      if (note !== undefined) return [{ text: note.text, tone: note.failed ? 'red' : 'green' }];
      const kept = filter === '' ? '' : `filter: ${filter} (Esc clears)  `;
      return [
        { text: kept, tone: 'yellow' },
        { text: `? help  q quit  / filter  s sort  Tab next  ${KEYS[section]}`, tone: 'dim' },
      ];
    }
  }
}

export const HELP: readonly string[] = [
  'up, down, k, j   move; PgUp, PgDn, Home, End by pages',
  'Tab              to the next list',
  '/                filter all lists: words that must all be there',
  'Esc              clear the filter',
  's                sort the list by something else',
  'e, Enter         explain a lease, or show a session or a task',
  'r                revoke a lease; asks first',
  'y                ask the holder to give a lease back; ends nothing',
  'x                stop a session; asks first',
  'Ctrl-L           draw everything again',
  'Ctrl-Z           suspend; fg comes back',
  'q, Ctrl-C        quit',
  '',
  'LEFT is the time until a lease ends by itself. One that "runs" lives as long as its processes, one that is "renewed" as long as its client renews it. WAIT says how many wait for its resource.',
];
