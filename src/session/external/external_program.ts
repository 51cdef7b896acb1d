import { basename, dirname, isAbsolute } from 'node:path';
import { findOnPath } from '../../telemetry/find_on_path.js';
import { hookEnvironment } from '../hooks/hook_environment.js';
import { type Ask, ExternalTalk } from './external_talk.js';

export interface ExternalProgramOptions {
  readonly command: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  /** A process that nobody asks anything for so long is ended. */
  readonly idleMs: number;
}

/** An adapter's program: one process at a time, started when it is asked something, and anew after its end. */
export class ExternalProgram {
  readonly #command: string;
  readonly #args: readonly string[];
  readonly #environment: NodeJS.ProcessEnv;
  readonly #idleMs: number;
  #talk: ExternalTalk | undefined;
  #idle: NodeJS.Timeout | undefined;
  readonly #ending = new Set<Promise<void>>();
  #closed = false;

  constructor({ command, environment, idleMs }: ExternalProgramOptions) {
    const [program = '', ...args] = command;
    this.#command = program;
    this.#args = args;
    // No process of any session, though the daemon may have been started in one.
    this.#environment = hookEnvironment(environment, {});
    this.#idleMs = idleMs;
  }

  isThere(path: string | undefined = this.#environment['PATH']): boolean {
    const program = this.#command;
    if (isAbsolute(program)) return findOnPath(basename(program), dirname(program)) !== undefined;
    return findOnPath(program, path) !== undefined;
  }

  /** Rejects as `ExternalTalk.ask` does. */
  async ask<T>(question: Ask<T>): Promise<T> {
    if (this.#closed) throw new Error('is not asked any more: the daemon stops');
    clearTimeout(this.#idle);
    this.#talk ??= this.#start();
    return this.#talk.ask(question);
  }

  /** Resolves once no process of it is left. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#end();
    await Promise.all(this.#ending);
  }

  #start(): ExternalTalk {
    const talk: ExternalTalk = new ExternalTalk({
      command: this.#command,
      args: this.#args,
      environment: this.#environment,
      onIdle: () => {
        if (this.#talk === talk) this.#idle = setTimeout(() => this.#end(), this.#idleMs);
      },
      onEnd: () => {
        if (this.#talk !== talk) return;
        clearTimeout(this.#idle);
        this.#talk = undefined;
      },
    });
    return talk;
  }

  #end(): void {
    clearTimeout(this.#idle);
    const talk = this.#talk;
    this.#talk = undefined;
    if (talk === undefined) return;
    const ending = talk.end().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }
}
