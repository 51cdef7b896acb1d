import type { RecordTaskOutcomeFields } from '@tenure/client';
import { pause, systemClock } from '../clock.js';
import type { Tell } from '../news/news.js';
import { messageOf } from '../runs/run_end.js';
import { type DaemonLink, isAway } from './daemon_link.js';
import type { Unrecorded } from './unrecorded.js';

/** Records kept while the daemon is away; past it the oldest are dropped. */
const MOST_KEPT = 1_000;
/** How often an absent daemon is tried, in milliseconds. */
const RETRY_MS = 1_000;
const CALL_TIMEOUT_MS = 5_000;
/** Brings what becomes of runs to the daemon, in order: also what came while it was away, to this orchestrator or to one before it. */
export class Recorder {
  readonly #link: DaemonLink;
  readonly #tell: Tell;
  /** By run: only the newest state of each is worth telling. */
  readonly #kept = new Map<string, RecordTaskOutcomeFields>();
  readonly #unrecorded: Unrecorded;
  /** Those that are on the disk, too, for this process may end before the daemon is back. */
  readonly #onDisk = new Set<string>();
  #isAway = false;
  #hasRecalled = false;
  readonly #closing = new AbortController();
  #sending: Promise<void> | undefined;

  constructor(link: DaemonLink, tell: Tell, unrecorded: Unrecorded) {
    this.#link = link;
    this.#tell = tell;
    this.#unrecorded = unrecorded;
  }

  /** Takes up what an orchestrator before this one could not tell, once. */
  recall(): void {
    if (this.#hasRecalled) return;
    this.#hasRecalled = true;
    const left = this.#unrecorded.all();
    for (const { run } of left.slice(0, -MOST_KEPT)) this.#unrecorded.forget(run.runId ?? '');
    for (const outcome of left.slice(-MOST_KEPT)) {
      this.#onDisk.add(outcome.run.runId ?? '');
      this.record(outcome);
    }
  }

  record(outcome: RecordTaskOutcomeFields): void {
    const runId = outcome.run.runId ?? '';
    this.#kept.delete(runId);
    this.#kept.set(runId, outcome);
    const [oldest] = this.#kept.keys();
    if (this.#isAway) this.#toDisk(runId, outcome);
    if (this.#kept.size > MOST_KEPT && oldest !== undefined) {
      this.#forget(oldest);
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
    for (const [runId, outcome] of this.#kept) this.#toDisk(runId, outcome);
    const left = this.#kept.size;
    if (left > 0) {
      const what = left === 1 ? 'an outcome is' : `${left} outcomes are`;
      const text = `no daemon; ${what} kept for it until this orchestrator runs again`;
      this.#tell({ kind: 'notice', level: 'warn', text });
    }
  }

  #toDisk(runId: string, outcome: RecordTaskOutcomeFields): void {
    this.#unrecorded.keep(outcome);
    this.#onDisk.add(runId);
  }

  #forget(runId: string): void {
    this.#kept.delete(runId);
    if (this.#onDisk.delete(runId)) this.#unrecorded.forget(runId);
  }

  async #send(): Promise<void> {
    for (;;) {
      const [first] = this.#kept;
      if (first === undefined || this.#closing.signal.aborted) return;
      const [runId, outcome] = first;
      const isSent = await this.#sendOne(outcome);
      if (!isSent) await pause(systemClock, RETRY_MS, this.#closing.signal);
      // What came meanwhile of the same run is told next.
      else if (this.#kept.get(runId) === outcome) this.#forget(runId);
    }
  }

  async #sendOne(outcome: RecordTaskOutcomeFields): Promise<boolean> {
    try {
      const client = await this.#link.client();
      await client.tasks.recordTaskOutcome(outcome, { timeoutMs: CALL_TIMEOUT_MS, signal: this.#closing.signal });
      this.#isAway = false;
      return true;
    } catch (error) {
      if (isAway(error)) {
        this.#isAway = true;
        for (const [runId, kept] of this.#kept) if (!this.#onDisk.has(runId)) this.#toDisk(runId, kept);
        this.#tell({ kind: 'notice', level: 'warn', text: 'the daemon is away; outcomes are kept for it' });
        return false;
      }
      // What the daemon refuses, it refuses again.
      this.#tell({ kind: 'notice', level: 'warn', text: `an outcome was not recorded: ${messageOf(error)}` });
      return true;
    }
  }
}
