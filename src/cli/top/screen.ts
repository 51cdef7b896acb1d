import { writeSync } from 'node:fs';
import { emitKeypressEvents } from 'node:readline';
import {
  beginSynchronizedOutput,
  clearScreen,
  cursorHide,
  cursorShow,
  cursorTo,
  endSynchronizedOutput,
  enterAlternativeScreen,
  eraseEndLine,
  exitAlternativeScreen,
} from 'ansi-escapes';
import { style } from '../style.js';
import type { Line, Size } from './frame_rules.js';
import type { Key } from './key_rules.js';
import { type Keypress, keysOf } from './keypress_rules.js';

/** What a terminal without a size gets. */
const DEFAULT_SIZE: Size = { columns: 80, rows: 24 };
const LEAVE = `${cursorShow}${exitAlternativeScreen}`;

export interface ScreenEvents {
  readonly onKey: (key: Key) => void;
  /** The size changed, or what was drawn is gone: draw again. */
  readonly onStale: () => void;
  /** The terminal is gone, or a signal asks for the end. */
  readonly onGone: (signal: NodeJS.Signals | undefined) => void;
}

/**
 * The terminal as a page of its own: what was there comes back at the end,
 * however that comes about. Only lines that changed are written.
 */
export class Screen {
  readonly #events: ScreenEvents;
  readonly #stdin = process.stdin;
  readonly #stdout = process.stdout;
  #drawn: readonly string[] = [];
  #isOpen = false;
  #waitsForDrain = false;
  readonly #onKeypress = (text: string | undefined, key: Keypress | undefined): void => {
    for (const one of keysOf(text, key)) this.#events.onKey(one);
  };
  readonly #onStale = (): void => this.redraw();
  readonly #onDrain = (): void => {
    this.#waitsForDrain = false;
    this.#events.onStale();
  };
  readonly #onGone = (): void => this.#events.onGone(undefined);
  readonly #onSignal = (signal: NodeJS.Signals): void => this.#events.onGone(signal);
  readonly #onStop = (): void => {
    this.#leave();
    process.kill(process.pid, 'SIGSTOP');
  };
  readonly #onContinue = (): void => {
    this.#enter();
    this.redraw();
  };
  /** Also where this process ends by a fault of its own. */
  readonly #onEnd = (): void => this.#leave();

  constructor(events: ScreenEvents) {
    this.#events = events;
  }

  get size(): Size {
    const { columns = DEFAULT_SIZE.columns, rows = DEFAULT_SIZE.rows } = this.#stdout;
    return { columns: columns || DEFAULT_SIZE.columns, rows: rows || DEFAULT_SIZE.rows };
  }

  open(): void {
    emitKeypressEvents(this.#stdin);
    this.#stdin.on('keypress', this.#onKeypress).on('end', this.#onGone).on('error', this.#onGone);
    this.#stdout.on('resize', this.#onStale).on('error', this.#onGone);
    for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) process.on(signal, this.#onSignal);
    process.on('SIGTSTP', this.#onStop).on('SIGCONT', this.#onContinue);
    process.on('exit', this.#onEnd).on('uncaughtExceptionMonitor', this.#onEnd);
    this.#enter();
  }

  close(): void {
    this.#leave();
    this.#stdin.off('keypress', this.#onKeypress).off('end', this.#onGone).off('error', this.#onGone);
    this.#stdin.pause();
    this.#stdout.off('resize', this.#onStale);
    for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) process.off(signal, this.#onSignal);
    process.off('SIGTSTP', this.#onStop).off('SIGCONT', this.#onContinue);
    process.off('exit', this.#onEnd).off('uncaughtExceptionMonitor', this.#onEnd);
  }

  /** Stops the whole job, as Ctrl-Z does where nobody reads keys. */
  suspend(): void {
    process.kill(0, 'SIGTSTP');
  }

  /** Everything again: others may have written over it. */
  redraw(): void {
    this.#drawn = [];
    this.#events.onStale();
  }

  /** False where the terminal has not taken the last picture yet: this one is left out. */
  draw(lines: readonly Line[]): boolean {
    if (!this.#isOpen) return true;
    if (this.#stdout.writableNeedDrain) {
      if (!this.#waitsForDrain) this.#stdout.once('drain', this.#onDrain);
      this.#waitsForDrain = true;
      return false;
    }
    const texts = lines.map((line) =>
      line.map(({ text, tone }) => (tone === undefined ? text : style(tone, text))).join(''),
    );
    const whole = this.#drawn.length === 0;
    const changes = Array.from({ length: Math.max(texts.length, this.#drawn.length) }, (_, row) => {
      const text = texts[row] ?? '';
      if (!whole && text === (this.#drawn[row] ?? '')) return '';
      // Erased first: after a line as wide as the screen it would take its last character.
      return `${cursorTo(0, row)}${eraseEndLine}${text}`;
    }).join('');
    this.#drawn = texts;
    if (changes !== '') {
      this.#stdout.write(`${beginSynchronizedOutput}${whole ? clearScreen : ''}${changes}${endSynchronizedOutput}`);
    }
    return true;
  }

  #enter(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#drawn = [];
    this.#stdin.setRawMode(true);
    this.#stdin.resume();
    this.#stdout.write(`${enterAlternativeScreen}${cursorHide}`);
  }

  #leave(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    try {
      this.#stdin.setRawMode(false);
      // At once: this may be the last that this process does.
      writeSync(this.#stdout.fd, LEAVE);
    } catch {
      // The terminal is gone, and nothing of it is left to mend.
    }
  }
}
