import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { TestContext } from 'node:test';
import { Marker } from './marker.js';
import type { Ended, Running } from './running.js';
import { until } from './until.js';
import { type CommandOptions, World } from './world.js';

/** At all files, where some go away meanwhile. */
const MOST_LOOKS = 20;

/**
 * A world whose values all have one marker in them, and that keeps what its
 * commands say. Values stand in the folder `values` alone.
 */
export class LeakWorld extends World {
  readonly marker: Marker;
  /** What commands of the daemon say of themselves, by the names of the commands. */
  readonly notes: string;
  readonly #values: string;
  readonly #temporary: string;
  readonly #said: { readonly by: string; readonly text: () => string }[] = [];

  private constructor(context: TestContext, marker: Marker, config: (folder: string) => string) {
    super(context);
    this.marker = marker;
    this.notes = join(this.folder, 'notes');
    this.#values = join(this.folder, 'values');
    this.#temporary = join(this.folder, 'tmp');
    for (const folder of [this.notes, this.#values, this.#temporary]) mkdirSync(folder);
    this.env['TMPDIR'] = this.#temporary;
    const configFolder = join(this.folder, 'config', 'tenure');
    mkdirSync(configFolder, { recursive: true });
    writeFileSync(join(configFolder, 'config.yaml'), config(this.folder));
  }

  /** One whose daemon logs all there is, and tells all events to a script that keeps them. */
  static of(context: TestContext, more = ''): LeakWorld {
    return new LeakWorld(context, new Marker(), (folder) =>
      [
        'logging: { level: debug }',
        `events: { exec: ['${join(folder, 'recorder')}'] }`,
        `secrets: { envFile: '${join(folder, 'values', 'daemon.env')}', sourceTimeout: 20s, commandTimeout: 20s }`,
        more,
      ].join('\n'),
    );
  }

  /** A value that has the marker in it. */
  value(name: string): string {
    return `${name}-${this.marker.text}-${name}`;
  }

  /** A file with such a value, or with something around it; answers its path. */
  valueFile(name: string, content: string | Buffer = this.value(name)): string {
    const path = join(this.#values, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  }

  /** Shell commands that put down what the shell was given: its arguments, its environment. */
  note(name: string): string {
    return `cat /proc/$$/cmdline /proc/$$/environ >> ${join(this.notes, name)}`;
  }

  /** Whether such a command has run. */
  hasNoted(name: string): boolean {
    return readdirSync(this.notes).includes(name);
  }

  /** Holds a shell command up at this point, until `letGo` with the same name. */
  hold(name: string): string {
    return `echo > ${this.#gate(name)}.here; while [ ! -e ${this.#gate(name)}.go ]; do sleep 0.02; done`;
  }

  async untilHeld(name: string): Promise<void> {
    await until(`${name} to be held up`, () => readdirSync(this.folder).includes(`gate-${name}.here`));
  }

  letGo(name: string): void {
    writeFileSync(`${this.#gate(name)}.go`, '');
  }

  /** Runs a command that must not print a value; demands its exit code. */
  async quiet(code: number, args: readonly string[], options?: CommandOptions): Promise<Ended> {
    const ended = await this.run(args, options);
    assert.equal(ended.code, code, `${args.join(' ')}: ${ended.stdout}${ended.stderr}`);
    this.keep(args.join(' '), () => ended.stdout + ended.stderr);
    return ended;
  }

  /** Starts a command that must not print a value for as long as it runs. */
  listen(args: readonly string[]): Running {
    const running = this.tenure(args);
    this.keep(args.join(' '), () => running.output() + running.output(2));
    return running;
  }

  keep(by: string, text: () => string): void {
    this.#said.push({ by, text });
  }

  /** Where the marker is and must not be; empty: nowhere. */
  leaks(): readonly string[] {
    const said = this.#said.map(({ by, text }) => ({ by: `the output of ${by}`, content: text() }));
    return [...this.#found(said), ...this.leaksIn([this.stateDir, this.notes, this.#temporary])];
  }

  /** Files and their names that have the marker. */
  leaksIn(folders: readonly string[]): readonly string[] {
    for (let look = 1; ; look += 1) {
      try {
        return this.#found(folders.flatMap((folder) => [...this.#filesBelow(folder)]));
      } catch (error) {
        // One was renamed or deleted meanwhile: what it has become is not in the list that is gone through.
        if (look === MOST_LOOKS || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
  }

  #found(places: readonly { readonly by: string; readonly content: string | Buffer }[]): readonly string[] {
    return places.flatMap(({ by, content }) => {
      const form = this.marker.formIn(content);
      return form === undefined ? [] : [`${by} (${form})`];
    });
  }

  *#filesBelow(folder: string): Generator<{ readonly by: string; readonly content: Buffer }> {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      const by = relative(this.folder, path);
      if (entry.isFile()) yield { by, content: readFileSync(path) };
      yield { by: `the name of ${by}`, content: Buffer.from(by) };
    }
  }

  #gate(name: string): string {
    return join(this.folder, `gate-${name}`);
  }
}
