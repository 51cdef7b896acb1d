import type { AdapterReport } from '@tenure/client/gen/tenure/session/v1/session';
import { durationOfMs } from '../rpc/durations.js';
import { Refusal } from '../rpc/refusal.js';
import type { SessionAdapter } from './adapter.js';
import type { FoundSession } from './agent_program.js';
import { type AdapterAnswer, askAll } from './fan_out.js';
import type { LaunchedSession } from './launched_session.js';
import { sessionOf } from './marked_processes.js';
import { type LaunchedFacts, matching, mergeSessions, type SessionView } from './merge_rules.js';

/** An adapter that takes longer has not answered. */
const ADAPTER_LIMIT_MS = 5_000;

export interface ListingParts {
  readonly adapters: () => readonly SessionAdapter[];
  readonly launched: () => Iterable<LaunchedSession>;
  readonly wallMs: () => number;
  readonly monotonicMs: () => number;
  /** Found sessions without activity since are left out, unless they live. */
  readonly windowMs: () => number;
}

export interface Listed {
  readonly views: readonly SessionView[];
  readonly reports: readonly AdapterReport[];
}

/** Asks everybody at once, and puts what they say together. Two lists at the same time share one round. */
export class Listing {
  readonly #parts: ListingParts;
  #round: Promise<readonly AdapterAnswer<readonly FoundSession[]>[]> | undefined;
  #reports: readonly AdapterReport[] = [];

  constructor(parts: ListingParts) {
    this.#parts = parts;
  }

  async list(): Promise<Listed> {
    const answers = await this.#ask();
    const launched = await this.#launchedFacts();
    const findings = answers.map(({ adapter, ok, value }) => ({ adapter: adapter.name, ok, found: value ?? [] }));
    const owners = new Map<number, string | undefined>();
    const views = mergeSessions(launched, findings, ({ process }) => {
      if (process === undefined) return undefined;
      if (!owners.has(process.pid)) owners.set(process.pid, sessionOf(process.pid));
      return owners.get(process.pid);
    });
    return { views: newestFirst(views), reports: this.#reports };
  }

  /** One session, by its id or the beginning of it. */
  async find(wanted: string): Promise<SessionView> {
    const { views } = await this.list();
    const matches = matching(views, wanted);
    const [match] = matches;
    if (match === undefined) throw new Refusal('SESSION_NOT_FOUND', `there is no session ${wanted}; list them all`);
    if (matches.length === 1) return match;
    const ids = matches.map(({ sessionId }) => sessionId).join(' ');
    throw new Refusal('SESSION_AMBIGUOUS', `${matches.length} sessions begin with ${wanted}: ${ids}`, { matches: ids });
  }

  /** One that was launched here, without asking anybody. */
  async launched(sessionId: string): Promise<SessionView> {
    const own = mergeSessions(await this.#launchedFacts(), [], () => undefined);
    const view = own.find((one) => one.sessionId === sessionId);
    if (view === undefined) throw new Refusal('SESSION_NOT_FOUND', `there is no session ${sessionId}; list them all`);
    return view;
  }

  async adapters(): Promise<readonly AdapterReport[]> {
    await this.#ask();
    return this.#reports;
  }

  #ask(): Promise<readonly AdapterAnswer<readonly FoundSession[]>[]> {
    this.#round ??= this.#askNow().finally(() => {
      this.#round = undefined;
    });
    return this.#round;
  }

  async #askNow(): Promise<readonly AdapterAnswer<readonly FoundSession[]>[]> {
    const { adapters, wallMs, windowMs, monotonicMs } = this.#parts;
    const since = wallMs() - windowMs();
    const all = adapters();
    const [answers, available] = await Promise.all([
      askAll(all, (adapter, signal) => adapter.discover(since, signal), {
        limitMs: ADAPTER_LIMIT_MS,
        nowMs: monotonicMs,
      }),
      askAll(all, (adapter) => adapter.available(), { limitMs: ADAPTER_LIMIT_MS, nowMs: monotonicMs }),
    ]);
    this.#reports = answers
      .map(({ adapter, ok, error, latencyMs, value }, index) => ({
        adapter: adapter.name,
        ok,
        error,
        latency: durationOfMs(latencyMs),
        sessions: value?.length ?? 0,
        available: available[index]?.value === true,
      }))
      .sort((a, b) => (a.adapter < b.adapter ? -1 : 1));
    return answers;
  }

  #launchedFacts(): Promise<LaunchedFacts[]> {
    return Promise.all([...this.#parts.launched()].map((session) => session.facts()));
  }
}

function newestFirst(views: readonly SessionView[]): readonly SessionView[] {
  return [...views].sort((a, b) => (b.startWallMs ?? 0) - (a.startWallMs ?? 0));
}
