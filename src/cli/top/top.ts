import { once } from 'node:events';
import { homedir } from 'node:os';
import type { Client } from '@tenure/client';
import { wrap } from '../text_width.js';
import { Feeds } from './feeds.js';
import { footerOf, HELP } from './footer.js';
import { cutLine, firstShown, type Line, type Size } from './frame_rules.js';
import { type Key, press, type Wish } from './key_rules.js';
import { LiveState } from './live_state.js';
import { Lookups } from './lookups.js';
import { carryOut, explain, faultOf } from './orders.js';
import { type Lists, listsOf, picture } from './picture.js';
import { Screen } from './screen.js';
import { systemNow } from './system_now.js';
import { FIRST_VIEW, selectedIndex, type ViewState } from './view_state.js';

/** Least pause between two pictures, however much happens. */
const FRAME_MS = 100;
/** Ages and times left move by themselves. */
const TICK_MS = 1_000;
/** How long a session that has ended is shown. */
const ENDED_SHOWN_MS = 30_000;

/** The live view on a terminal, until somebody quits. Answers the signal that ended it, if one did. */
export async function runTop(client: Client, filter: string): Promise<NodeJS.Signals | undefined> {
  return await new Top(client, filter).run();
}

class Top {
  readonly #client: Client;
  readonly #state = new LiveState();
  readonly #stop = new AbortController();
  readonly #screen: Screen;
  readonly #feeds: Feeds;
  readonly #lookups: Lookups;
  readonly #home = homedir();
  #view: ViewState;
  #lists: Lists;
  #nextFrame: NodeJS.Timeout | undefined;
  #lastFrameMs = Number.NEGATIVE_INFINITY;
  #signal: NodeJS.Signals | undefined;

  constructor(client: Client, filter: string) {
    this.#client = client;
    this.#view = { ...FIRST_VIEW, filter };
    this.#lists = listsOf(this.#state, this.#view, systemNow(), this.#home);
    const onChange = (): void => this.#changed();
    this.#screen = new Screen({
      onKey: (key) => this.#press(key),
      onStale: () => this.#draw(),
      onGone: (signal) => this.#quit(signal),
    });
    this.#feeds = new Feeds({ client, state: this.#state, now: systemNow, onChange, signal: this.#stop.signal });
    this.#lookups = new Lookups(client, this.#state, systemNow, onChange);
  }

  async run(): Promise<NodeJS.Signals | undefined> {
    const ticks = setInterval(() => this.#tick(), TICK_MS);
    this.#screen.open();
    try {
      this.#draw();
      const stopped = once(this.#stop.signal, 'abort');
      // The feeds run for ever, or fail.
      await Promise.race([stopped, this.#feeds.run()]);
    } finally {
      this.#stop.abort();
      clearInterval(ticks);
      clearTimeout(this.#nextFrame);
      this.#screen.close();
    }
    return this.#signal;
  }

  #quit(signal: NodeJS.Signals | undefined): void {
    this.#signal ??= signal;
    this.#stop.abort();
  }

  #tick(): void {
    this.#state.sweep(systemNow(), ENDED_SHOWN_MS);
    this.#draw();
    const { leases } = this.#lists.rows;
    const { rows } = this.#screen.size;
    // Those in sight, and a few around them.
    const first = firstShown(leases.length, rows, selectedIndex(leases, this.#view.selections.leases));
    this.#lookups.look(leases.slice(first, first + rows).map(({ key }) => key));
  }

  /** A burst of changes is one picture, and the first of them is seen at once. */
  #changed(): void {
    this.#nextFrame ??= setTimeout(() => this.#draw(), Math.max(0, this.#lastFrameMs + FRAME_MS - performance.now()));
  }

  #draw(): void {
    clearTimeout(this.#nextFrame);
    this.#nextFrame = undefined;
    this.#lastFrameMs = performance.now();
    const now = systemNow();
    this.#lists = listsOf(this.#state, this.#view, now, this.#home);
    const { size } = this.#screen;
    const footer = footerOf(this.#view);
    const { mode } = this.#view;
    const lines =
      mode.kind === 'page'
        ? pageLines(mode, footer, size)
        : picture(this.#state, this.#view, this.#lists, size, now, footer);
    this.#screen.draw(lines);
  }

  #press(key: Key): void {
    const pageSize = Math.max(1, this.#screen.size.rows - PAGE_HEAD - 1);
    const { mode } = this.#view;
    const pageLines = mode.kind === 'page' ? broken(mode.lines, this.#screen.size).length : 0;
    const { view, wish } = press(this.#view, key, { ...this.#lists, pageSize, pageLines });
    this.#view = view;
    if (wish !== undefined) this.#grant(wish);
    this.#draw();
  }

  #grant(wish: Wish): void {
    switch (wish.kind) {
      case 'quit':
        this.#quit(undefined);
        break;
      case 'suspend':
        this.#screen.suspend();
        break;
      case 'redraw':
        this.#screen.redraw();
        break;
      case 'help':
        this.#view = { ...this.#view, mode: { kind: 'page', title: 'Keys', lines: HELP, top: 0 } };
        break;
      case 'explain':
        this.#later(explain(this.#client, this.#state, wish.section, wish.key, Date.now()), (page) => {
          if (page !== undefined) this.#view = { ...this.#view, mode: { kind: 'page', ...page, top: 0 } };
        });
        break;
      case 'do':
        this.#note(`${wish.order.what} …`, false);
        this.#later(carryOut(this.#client, wish.order), (text) => this.#note(text, false));
        break;
    }
  }

  /** What comes of a call is shown when it is there; the view goes on meanwhile. */
  #later<T>(call: Promise<T>, show: (value: T) => void): void {
    call.then(show, (error: unknown) => this.#note(faultOf(error), true)).finally(() => this.#draw());
  }

  #note(text: string, failed: boolean): void {
    this.#view = { ...this.#view, note: { text, failed } };
  }
}

/** The title and a blank line. */
const PAGE_HEAD = 2;

function broken(lines: readonly string[], { columns }: Size): string[] {
  return lines.flatMap((line) => wrap(line, columns));
}

function pageLines(
  { title, lines, top }: { readonly title: string; readonly lines: readonly string[]; readonly top: number },
  footer: Line,
  size: Size,
): Line[] {
  const { columns, rows } = size;
  const room = Math.max(1, rows - PAGE_HEAD - 1);
  const body: Line[] = broken(lines, size)
    .slice(top, top + room)
    .map((text) => [{ text }]);
  while (body.length < room) body.push([]);
  return [[{ text: title, tone: 'bold' as const }], [], ...body, footer].map((line) => cutLine(line, columns));
}
