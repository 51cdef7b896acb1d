import type { HookRecord, LaunchRecord } from '../launched/record.js';

export interface EndHooksParts {
  readonly record: () => LaunchRecord;
  /** The hook and the webhook of a session that has ended, those that the record asks for and does not have yet. */
  readonly afterEnd: (record: LaunchRecord) => Promise<readonly HookRecord[]>;
  /** Resolves once no stop is at work on it any more. */
  readonly stopped: () => Promise<unknown>;
  readonly onRun: (run: readonly HookRecord[]) => void;
  /** On-complete needs what the session worked on no longer. */
  readonly onCompleted: () => Promise<void>;
  readonly closing: AbortSignal;
  readonly onFault: (error: unknown) => void;
}

/** What was asked for after a session's end, also what a run of the daemon before could not do. */
export class EndHooks {
  readonly #parts: EndHooksParts;
  #runs: Promise<void> = Promise.resolve();
  #isRunning = false;

  constructor(parts: EndHooksParts) {
    this.#parts = parts;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Each is written down as it ends: none waits for the other. */
  run(): void {
    const { record, closing, onFault } = this.#parts;
    const { onComplete, webhook, hooks } = record();
    const isLeft = (hook: HookRecord['hook']): boolean => hooks.every((one) => one.hook !== hook);
    if (closing.aborted) return;
    const runs: Promise<unknown>[] = [];
    if (onComplete !== '' && isLeft('on-complete')) runs.push(this.#complete());
    else runs.push(this.#parts.onCompleted());
    if (webhook !== '' && isLeft('webhook')) runs.push(this.#run({ onComplete: '' }));
    this.#isRunning = true;
    this.#runs = Promise.all(runs)
      .then(() => undefined, onFault)
      .finally(() => {
        this.#isRunning = false;
      });
  }

  /** Resolves once what runs has ended. */
  async close(): Promise<void> {
    await this.#runs;
  }

  async #complete(): Promise<void> {
    if (await this.#run({ webhook: '' })) await this.#parts.onCompleted();
  }

  /** False: the daemon's stop cut it short, and the next run does it. */
  async #run(others: Partial<Pick<LaunchRecord, 'onComplete' | 'webhook'>>): Promise<boolean> {
    const { record, afterEnd, stopped, onRun, closing } = this.#parts;
    // What is still being ended would be in the way of what follows it.
    await stopped();
    if (closing.aborted) return false;
    const run = await afterEnd({ ...record(), ...others });
    if (run.length > 0) onRun(run);
    return run.length > 0;
  }
}
