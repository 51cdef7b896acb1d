import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { until } from './until.js';

export interface Ended {
  /** As a shell would say it: 128 and the signal's number for a signal. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Text for standard input, which then ends. Unset: /dev/null. */
  readonly input?: string | undefined;
  /** Further pipes from the process: `output(3)` is the first. */
  readonly extraPipes?: number;
}

const SIGNAL_NUMBER: Partial<Record<NodeJS.Signals, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGTERM: 15,
};

/** A process of a test: its output as it comes, its end as a promise. */
export class Running {
  readonly pid: number;
  /** Resolves when it has ended and its output is complete: what it has started may still write. */
  readonly ended: Promise<Ended>;
  /** Resolves when it has ended, whatever it has started. */
  readonly exited: Promise<unknown>;
  readonly #child: ChildProcess;
  readonly #output = new Map<number, string>();
  readonly #command: string;
  #hasEnded = false;

  constructor(command: string, args: readonly string[], options: StartOptions) {
    this.#command = [command, ...args].join(' ');
    const stdin = options.input === undefined ? 'ignore' : 'pipe';
    const pipes = Array<'pipe'>(2 + (options.extraPipes ?? 0)).fill('pipe');
    this.#child = spawn(command, args, { env: options.env, cwd: options.cwd, stdio: [stdin, ...pipes] });
    if (this.#child.pid === undefined) throw new Error(`cannot start ${this.#command}`);
    this.pid = this.#child.pid;
    for (const [fd, stream] of this.#child.stdio.entries()) if (fd > 0 && stream) this.#collect(fd, stream as Readable);
    this.#child.stdin?.end(options.input);
    this.exited = once(this.#child, 'exit');
    this.ended = this.#waitForEnd();
  }

  /** What came out of a file descriptor until now. */
  output(fd = 1): string {
    return this.#output.get(fd) ?? '';
  }

  /** The first whole line of standard output that matches, once it is there. */
  async line(pattern: RegExp, withinMs?: number): Promise<string> {
    return await until(
      `a line ${pattern} from ${this.#command}`,
      () => {
        const lines = this.output().split('\n').slice(0, -1);
        const found = lines.find((line) => pattern.test(line));
        if (found === undefined && this.#hasEnded) {
          throw new Error(`${this.#command} ended without a line ${pattern}:\n${this.output()}${this.output(2)}`);
        }
        return found;
      },
      withinMs,
    );
  }

  kill(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  get isRunning(): boolean {
    return !this.#hasEnded;
  }

  #collect(fd: number, stream: Readable): void {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => this.#output.set(fd, this.output(fd) + text));
  }

  async #waitForEnd(): Promise<Ended> {
    // `close` comes after `exit` and after the last byte of output.
    const [code, signal]: (number | NodeJS.Signals | null)[] = await once(this.#child, 'close');
    this.#hasEnded = true;
    const number = typeof code === 'number' ? code : 128 + (SIGNAL_NUMBER[signal as NodeJS.Signals] ?? 0);
    return { code: number, stdout: this.output(1), stderr: this.output(2) };
  }
}
