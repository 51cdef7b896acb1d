import { setMaxListeners } from 'node:events';
import { howItFailed, type runShellCommand } from '../../os/shell_command.js';
import { Turns } from '../../os/turns.js';
import type { EventSink } from '../../telemetry/events.js';
import type { HookRecord, LaunchRecord } from '../launched/record.js';
import { hookEnvironment } from './hook_environment.js';
import { asVariables, documentOfEnd, factsOfEnd } from './hook_facts_rules.js';
import type { Webhooks } from './webhook.js';

/** On-complete commands at the same time: many sessions may have ended while the daemon was away. */
const MOST_AT_ONCE = 8;

/** What runs when the daemon stops gets so long to end by itself. */
const CLOSE_MS = 3_000;

const WEBHOOK_LIMITS = { tries: 6, tryMs: 30_000, limitMs: 900_000 };

export interface SessionHooksParts {
  readonly run: typeof runShellCommand;
  /** All that hooks get, besides what tells them of their session. */
  readonly environment: NodeJS.ProcessEnv;
  readonly webhooks: Pick<Webhooks, 'deliver'>;
  /** Longest run of a hook. */
  readonly limitMs: () => number;
  readonly wallMs: () => number;
  readonly events: EventSink;
}

/** Runs what was asked for at a session's two ends. Hooks are none of its processes: no stop ends them. */
export class SessionHooks {
  readonly #parts: SessionHooksParts;
  readonly #turns = new Turns(MOST_AT_ONCE);
  readonly #running = new Set<Promise<unknown>>();
  /** Nothing more begins. */
  readonly #closing = new AbortController();
  /** What runs is killed. */
  readonly #killing = new AbortController();

  constructor(parts: SessionHooksParts) {
    this.#parts = parts;
    // As many listen as hooks run; they all leave.
    setMaxListeners(0, this.#closing.signal, this.#killing.signal);
  }

  /** Before the session, in its directory; `facts` without their prefix. Never rejects. */
  async onCreate(command: string, facts: Readonly<Record<string, string>>, directory: string): Promise<HookRecord> {
    const hook = await this.#run('on-create', command, facts, directory);
    this.#tell(facts['ID'] ?? '', hook);
    return hook;
  }

  /**
   * On-complete and webhook of a session that has ended, as far as they have
   * not run: at once, for neither is to wait for the other. What the daemon's
   * stop cuts short is not answered, and so runs again in the next run.
   */
  async afterEnd(record: LaunchRecord): Promise<readonly HookRecord[]> {
    const isLeft = (hook: HookRecord['hook']): boolean => record.hooks.every((one) => one.hook !== hook);
    const runs: Promise<HookRecord | undefined>[] = [];
    if (record.onComplete !== '' && isLeft('on-complete')) runs.push(this.#told(record, this.#complete(record)));
    if (record.webhook !== '' && isLeft('webhook')) runs.push(this.#told(record, this.#post(record)));
    return (await Promise.all(runs)).filter((hook) => hook !== undefined);
  }

  /** Lets nothing more begin, and ends what runs. */
  async close(): Promise<void> {
    this.#closing.abort();
    const tooLong = setTimeout(() => this.#killing.abort(), CLOSE_MS);
    await Promise.all(this.#running);
    clearTimeout(tooLong);
  }

  async #told({ sessionId }: LaunchRecord, run: Promise<HookRecord>): Promise<HookRecord | undefined> {
    const hook = await run;
    if (!hook.success && this.#closing.signal.aborted) return undefined;
    this.#tell(sessionId, hook);
    return hook;
  }

  #complete(record: LaunchRecord): Promise<HookRecord> {
    return this.#turns.run(() => this.#run('on-complete', record.onComplete, factsOfEnd(record), record.directory));
  }

  async #run(
    hook: 'on-create' | 'on-complete',
    command: string,
    facts: Readonly<Record<string, string>>,
    directory: string,
  ): Promise<HookRecord> {
    const { run, environment, limitMs, wallMs } = this.#parts;
    const timeLimitMs = limitMs();
    const running = run({
      command,
      environment: hookEnvironment(environment, { ...asVariables(facts), TENURE_HOOK: hook }),
      directory,
      timeLimitMs,
      signal: this.#closing.signal.aborted ? this.#closing.signal : this.#killing.signal,
    });
    this.#running.add(running);
    const result = await running;
    this.#running.delete(running);
    const failure = howItFailed(result, `${timeLimitMs / 1_000} s`);
    const success = failure === '';
    return { hook, success, detail: success ? 'ended with exit code 0' : failure, attempts: 1, wallMs: wallMs() };
  }

  async #post(record: LaunchRecord): Promise<HookRecord> {
    const order = {
      url: record.webhook,
      delivery: `${record.sessionId}.ended`,
      body: JSON.stringify(documentOfEnd(record)),
      ...WEBHOOK_LIMITS,
    };
    const { success, detail, tries } = await this.#parts.webhooks.deliver(order, this.#closing.signal);
    return { hook: 'webhook', success, detail, attempts: tries, wallMs: this.#parts.wallMs() };
  }

  #tell(sessionId: string, { hook, success, detail, attempts }: HookRecord): void {
    const metadata = { sessionId, hook, detail, attempts };
    this.#parts.events.emit({ action: 'session.hook_finished', level: success ? 'info' : 'warn', success, metadata });
  }
}
