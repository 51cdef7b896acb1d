import { type ChildProcess, spawn } from 'node:child_process';
import type { EventSink, TenureEvent } from './events.js';
import { redactFields, redactText } from './redaction.js';

/** Events that wait; more are dropped. */
const MAX_QUEUE = 256;
/** Details are dropped first: of them no more may wait. */
const MAX_QUEUE_FOR_DEBUG = 16;
const FAILURES_TO_GIVE_UP = 5;

export interface ExecSinkOptions {
  /** Gets the event as arguments: ACTION --source tenure --component C --level L --success B --metadata JSON. */
  readonly command: readonly [string, ...string[]];
  readonly environment: NodeJS.ProcessEnv;
  /** A command that runs longer is killed. */
  readonly timeLimitMs: number;
  /** Told once, when the sink gives up. */
  readonly onGivenUp: (reason: string) => void;
}

/**
 * Runs a command for each event: one at a time, without input, and no more
 * than half of the time. Switched off after repeated failures.
 */
export class ExecSink implements EventSink {
  readonly #options: ExecSinkOptions;
  #queue: TenureEvent[] = [];
  #child: ChildProcess | undefined;
  #rest: NodeJS.Timeout | undefined;
  #failures = 0;
  #off = false;
  #drained: (() => void) | undefined;

  constructor(options: ExecSinkOptions) {
    this.#options = options;
  }

  emit(event: TenureEvent): void {
    const most = event.level === 'debug' ? MAX_QUEUE_FOR_DEBUG : MAX_QUEUE;
    if (this.#off || this.#queue.length >= most) return;
    this.#queue.push(event);
    if (this.#child === undefined && this.#rest === undefined) this.#runNext();
  }

  /** Runs what waits without pause, for so long at most, then ends. */
  async close(graceMs: number): Promise<void> {
    if (this.#rest !== undefined) this.#endRest();
    if (this.#child === undefined) {
      this.#off = true;
      return;
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, graceMs);
      this.#drained = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#off = true;
    this.#queue = [];
    this.#child?.kill('SIGKILL');
  }

  #runNext(): void {
    const event = this.#queue.shift();
    if (event === undefined || this.#off) {
      this.#drained?.();
      return;
    }
    const began = performance.now();
    const { command, environment, timeLimitMs } = this.#options;
    const [file, ...args] = command;
    let child: ChildProcess;
    try {
      child = spawn(file, [...args, ...argumentsOf(event)], {
        stdio: 'ignore',
        env: environment,
        cwd: '/',
        timeout: timeLimitMs,
        killSignal: 'SIGKILL',
      });
    } catch (error) {
      this.#ended(error instanceof Error ? error.message : String(error), began);
      return;
    }
    this.#child = child;
    const ended = (failure: string | undefined): void => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#ended(failure, began);
    };
    // A command that can't be started may end by an error alone.
    child.once('error', (error) => ended(error.message));
    child.once('exit', (code, signal) => ended(code === 0 ? undefined : `ended with ${signal ?? `exit code ${code}`}`));
  }

  #ended(failure: string | undefined, began: number): void {
    this.#failures = failure === undefined ? 0 : this.#failures + 1;
    if (failure !== undefined && this.#failures === FAILURES_TO_GIVE_UP) {
      this.#off = true;
      this.#queue = [];
      this.#options.onGivenUp(`${this.#options.command[0]}: ${redactText(failure)}, ${this.#failures} times in a row`);
    }
    if (this.#drained === undefined && !this.#off) {
      this.#rest = setTimeout(() => this.#endRest(), performance.now() - began);
    } else {
      this.#runNext();
    }
  }

  #endRest(): void {
    clearTimeout(this.#rest);
    this.#rest = undefined;
    this.#runNext();
  }
}

function argumentsOf({ action, level, success, metadata }: TenureEvent): string[] {
  const [component = action] = action.split('.', 1);
  return [
    action,
    '--source',
    'tenure',
    '--component',
    component,
    '--level',
    level,
    '--success',
    String(success),
    '--metadata',
    JSON.stringify(redactFields(metadata)),
  ];
}
