import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';

/** Of Linux, on every architecture that Node runs on. */
const TICKS_A_SECOND = 100;
/** A program of a run that says nothing for so long has failed. */
const READY_TIMEOUT_MS = 20_000;

export interface ChildOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Where it says that it is ready, by one line: standard output, or a pipe of its own. */
  readonly readyFd?: 1 | 3;
}

/** A process that a run has started, and ends. */
export class Child {
  readonly pid: number;
  readonly #process: ChildProcess;
  readonly #ended: Promise<number | undefined>;
  readonly #readyFd: 1 | 3;
  #hasEnded = false;

  constructor(command: string, args: readonly string[], { env = process.env, cwd, readyFd = 1 }: ChildOptions = {}) {
    const stdio: ('ignore' | 'pipe' | 'inherit')[] = ['ignore', readyFd === 1 ? 'pipe' : 'ignore', 'inherit'];
    if (readyFd === 3) stdio.push('pipe');
    this.#process = spawn(command, args, { env, stdio, ...(cwd === undefined ? {} : { cwd }) });
    if (this.#process.pid === undefined) throw new Error(`cannot start ${command}`);
    this.pid = this.#process.pid;
    this.#ended = new Promise((resolve) => {
      this.#process.once('exit', (code) => {
        this.#hasEnded = true;
        resolve(code ?? undefined);
      });
    });
    this.#readyFd = readyFd;
  }

  /** The one line that it says when it is ready. */
  async ready(): Promise<string> {
    const stream = this.#process.stdio[this.#readyFd] as Readable;
    stream.setEncoding('utf8');
    let text = '';
    const deadline = setTimeout(() => this.kill('SIGKILL'), READY_TIMEOUT_MS);
    try {
      for await (const chunk of stream) {
        text += String(chunk);
        if (text.includes('\n')) return text.slice(0, text.indexOf('\n'));
      }
    } finally {
      clearTimeout(deadline);
    }
    throw new Error(`${this.#process.spawnargs.join(' ')} ended without a word`);
  }

  /** CPU seconds that it has used. */
  cpu(): number {
    const stat = readFileSync(`/proc/${this.pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
  }

  /** Megabytes by a line of /proc/PID/status, such as VmRSS. */
  memory(line: 'VmRSS' | 'VmHWM'): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return Number(new RegExp(`^${line}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
  }

  kill(signal: NodeJS.Signals): void {
    if (!this.#hasEnded) this.#process.kill(signal);
  }

  /** Its exit code; undefined where a signal has ended it. */
  ended(): Promise<number | undefined> {
    return this.#ended;
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.kill(signal);
    await this.#ended;
  }
}
