import assert from 'node:assert/strict';
import { until } from '../e2e/until.js';
import type { World } from '../e2e/world.js';

/** A shell on a terminal of its own, with somebody typing. */
export class Terminal {
  readonly #world: World;
  readonly #name: string;

  constructor(world: World, name: string) {
    this.#world = world;
    this.#name = name;
  }

  /** Resolves at the shell's first prompt: it would stand before the output of what was typed earlier. */
  async open(columns = 100, rows = 30): Promise<void> {
    const size = ['-x', String(columns), '-y', String(rows)];
    await this.#tmux('-f', '/dev/null', 'new-session', '-d', '-s', this.#name, ...size, 'sh');
    await this.shows(/\S/);
  }

  async type(line: string): Promise<void> {
    await this.press('-l', line);
    await this.press('Enter');
  }

  async press(...keys: readonly string[]): Promise<void> {
    await this.#tmux('send-keys', '-t', this.#name, ...keys);
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux('resize-window', '-t', this.#name, '-x', String(columns), '-y', String(rows));
  }

  async screen(): Promise<string> {
    return await this.#tmux('capture-pane', '-p', '-t', this.#name);
  }

  /** The same with the escape codes of colours. */
  async colours(): Promise<string> {
    return await this.#tmux('capture-pane', '-p', '-e', '-t', this.#name);
  }

  /** What tmux knows of the terminal, by a format of its own such as `#{alternate_on}`. */
  async ask(format: string): Promise<string> {
    return (await this.#tmux('display-message', '-p', '-t', this.#name, format)).trim();
  }

  async shows(pattern: RegExp): Promise<string> {
    return await this.#until(`${pattern}`, (screen) => pattern.test(screen));
  }

  async hides(pattern: RegExp): Promise<string> {
    return await this.#until(`no ${pattern}`, (screen) => !pattern.test(screen));
  }

  async #until(what: string, holds: (screen: string) => boolean): Promise<string> {
    let last = '';
    try {
      return await until(what, async () => {
        last = await this.screen();
        return holds(last) && last;
      });
    } catch (error) {
      throw new Error(`the terminal shows\n${last}`, { cause: error });
    }
  }

  async #tmux(...args: readonly string[]): Promise<string> {
    const ended = await this.#world.start('tmux', ['-S', `${this.#world.folder}/tmux`, ...args]).ended;
    assert.equal(ended.code, 0, ended.stderr);
    return ended.stdout;
  }
}
