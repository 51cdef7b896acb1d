import { isTenureError, type Reason, type RecordTaskOutcomeFields } from '@tenure/client';
import type { DaemonLink } from './daemon_link.js';
import type { Tell } from './news.js';
import { messageOf } from './run_end.js';

/** Records kept while the daemon is away; past it the oldest are dropped. */
const MOST_KEPT = 1_000;
/** How often an absent daemon is tried, in milliseconds. */
const RETRY_MS = 1_000;
const CALL_TIMEOUT_MS = 5_000;
/** No daemon, or none that can take anything now; all other reasons are about the outcome itself. */
const AWAY: ReadonlySet<Reason> = new Set([
  'UNREACHABLE',
  'SHUTTING_DOWN',
  'RECONCILING',
  'STORE_FAILED',
  'CONFIG_INVALID',
  'FOREIGN_SOCKET',
  'CANCELLED',
]);

/** Brings what becomes of runs to the daemon, in order, also what came while it was away. */
export class Recorder {
  readonly #link: DaemonLink;
  readonly #tell: Tell;
  /** By run: only the newest state of each is worth telling. */
  readonly #kept = new Map<string, RecordTaskOutcomeFields>();
  readonly #closing = new AbortController();
  #sending: Promise<void> | undefined;

  constructor(link: DaemonLink, tell: Tell) {
    this.#link = link;
    this.#tell = tell;
  }

  record(outcome: RecordTaskOutcomeFields): void {
    const runId = outcome.run.runId ?? '';
    this.#kept.delete(runId);
    this.#kept.set(runId, outcome);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MOST_KEPT && oldest !== undefined) {
      this.#kept.delete(oldest);
      this.#tell({
        kind: 'notice',
        level: 'warn',
        text: 'the daemon is away for long; the oldest outcomes are dropped',
      });
    }
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined;
    });
  }

  /** Resolves once all is recorded, or it took so long. */
  async close(patienceMs: number): Promise<void> {
    const timer = setTimeout(() => this.#closing.abort(), patienceMs);
    await this.#sending;
    clearTimeout(timer);
    this.#closing.abort();
    const left = this.#kept.size;
    if (left > 0)
      this.#tell({
        kind: 'notice',
        level: 'warn',
        text: `no daemon; ${left === 1 ? 'an outcome is' : `${left} outcomes are`} not recorded`,
      });
  }

  async #send(): Promise<void> {
    for (;;) {
      const [first] = this.#kept;
      if (first === undefined || this.#closing.signal.aborted) return;
      const [runId, outcome] = first;
      const isSent = await this.#sendOne(outcome);
      if (!isSent) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      // What came meanwhile of the same run is told next.
      else if (this.#kept.get(runId) === outcome) this.#kept.delete(runId);
    }
  }

  async #sendOne(outcome: RecordTaskOutcomeFields): Promise<boolean> {
    try {
      const client = await this.#link.client();
      await client.tasks.recordTaskOutcome(outcome, { timeoutMs: CALL_TIMEOUT_MS, signal: this.#closing.signal });
      return true;
    } catch (error) {
      const isAway = isTenureError(error) && AWAY.has(error.reason);
      const text = isAway
        ? 'the daemon is away; outcomes are kept for it until this orchestrator ends'
        : `an outcome was not recorded: ${messageOf(error)}`;
      this.#tell({ kind: 'notice', level: 'warn', text });
      // What the daemon refuses, it refuses again.
      return !isAway;
    }
  }
}
