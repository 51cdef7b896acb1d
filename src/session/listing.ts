import type { AdapterReport } from '@tenure/client/gen/tenure/session/v1/session';
import { isRunning } from '../os/process_facts.js';
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
    const ownerOf = ({ process }: FoundSession): string | undefined => {
      if (process === undefined) return undefined;
      if (!owners.has(process.pid)) owners.set(process.pid, sessionOf(process.pid));
      return owners.get(process.pid);
    };
    const views = mergeSessions(launched, findings, { ownerOf, lives });
    this.#learn(views);
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
    const session = [...this.#parts.launched()].find(({ record }) => record.sessionId === sessionId);
    const facts = session === undefined ? [] : [await session.facts()];
    const [view] = mergeSessions(facts, [], { ownerOf: () => undefined, lives });
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
      askAll(all, async (adapter, signal) => checked(await adapter.discover(since, signal)), {
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

  /** A program's own id is kept from when it is first seen: once its process is gone, nothing else ties the two. */
  #learn(views: readonly SessionView[]): void {
    const news = new Map<string, string>();
    for (const { sessionId, nativeId, launched } of views) {
      if (launched !== undefined && launched.record.nativeId === '' && nativeId !== '') news.set(sessionId, nativeId);
    }
    if (news.size === 0) return;
    for (const session of this.#parts.launched()) {
      const nativeId = news.get(session.record.sessionId);
      if (nativeId !== undefined) session.learn(nativeId);
    }
  }

  #launchedFacts(): Promise<LaunchedFacts[]> {
    return Promise.all([...this.#parts.launched()].map((session) => session.facts()));
  }
}

/** Whatever an adapter keeps of it: where it has a process, that one decides. */
function lives({ state, process }: FoundSession): boolean {
  return state !== 'ended' && (process === undefined || isRunning(process.pid, process.startTicks));
}

/** Throws where an adapter answered what nobody can use: it alone has failed then, and not the list. */
function checked(found: readonly FoundSession[]): readonly FoundSession[] {
  const isSession = (one: Partial<FoundSession> | null | undefined): boolean =>
    typeof one?.nativeId === 'string' && typeof one.state === 'string' && typeof one.directory === 'string';
  if (Array.isArray(found) && found.every(isSession)) return found;
  throw new Error('answered with what is no list of sessions');
}

function newestFirst(views: readonly SessionView[]): readonly SessionView[] {
  return [...views].sort((a, b) => (b.startWallMs ?? 0) - (a.startWallMs ?? 0));
}
