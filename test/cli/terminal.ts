import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { until } from '../e2e/until.js';
import { CLI, type World } from '../e2e/world.js';

/** The command line, or another program, on a terminal of its own, which script(1) makes. */
export class Terminal {
  readonly #script: ChildProcessWithoutNullStreams;
  #output = '';
  #code: number | undefined;

  constructor(
    world: World,
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
    program: readonly string[] = [process.execPath, CLI],
  ) {
    const words = [...program, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
    // Without the shell, which Ctrl-C would reach too.
    const command = `exec ${words.join(' ')}`;
    this.#script = spawn('script', ['--quiet', '--return', '--flush', '--command', command, '/dev/null'], {
      cwd: world.folder,
      env: { ...world.env, TERM: 'xterm', SHELL: '/bin/sh', ...env },
    });
    this.#script.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text;
    });
    this.#script.once('close', (code) => {
      this.#code = code ?? Number.NaN;
    });
  }

  /** Types on the keyboard. */
  type(keys: string): void {
    this.#script.stdin.write(keys);
  }

  /** What has been written to the terminal until now. */
  get output(): string {
    return this.#output;
  }

  async shows(text: string): Promise<void> {
    await this.#until(`'${text}' on the terminal`, () => this.#output.includes(text));
  }

  /** The exit code, once all output is there. */
  async end(): Promise<number> {
    return await this.#until('the end of the command', () => this.#code);
  }

  async #until<T>(what: string, ask: () => T | undefined | false): Promise<T> {
    try {
      return await until(what, ask);
    } catch (error) {
      throw new Error(`the terminal shows ${JSON.stringify(this.#output)}`, { cause: error });
    }
  }
}
