import type { AdapterReport } from '@tenure/client/gen/tenure/session/v1/session';
import type { SessionFilter } from '@tenure/client/gen/tenure/session/v1/session_service';
import { isRunning } from '../../os/process_facts.js';
import { durationOfMs } from '../../rpc/durations.js';
import { Refusal } from '../../rpc/refusal.js';
import type { SessionAdapter } from '../adapter.js';
import type { FoundSession } from '../agents/agent_program.js';
import type { LaunchedSession } from '../launched/launched_session.js';
import { noAdapter } from '../no_adapter.js';
import { sessionOf } from '../stopping/marked_processes.js';
import { type AdapterAnswer, askAll, type FanOutOptions } from './fan_out.js';
import type { LeftBehind } from './left_behind.js';
import {
  type Findings,
  foundId,
  type LaunchedFacts,
  matching,
  mergeSessions,
  type Printed,
  type SessionView,
} from './merge_rules.js';

/** An adapter that takes longer has not answered. */
const ADAPTER_LIMIT_MS = 5_000;

export interface ListingParts {
  readonly adapters: () => readonly SessionAdapter[];
  readonly launched: () => Iterable<LaunchedSession>;
  readonly launchedOne: (sessionId: string) => LaunchedSession | undefined;
  readonly left: Pick<LeftBehind, 'look' | 'countOf'>;
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
  #round: Promise<readonly Findings[]> | undefined;
  #reports: readonly AdapterReport[] = [];
  #findings: readonly Findings[] = [];

  constructor(parts: ListingParts) {
    this.#parts = parts;
  }

  async list(): Promise<Listed> {
    const views = await this.#merged(await this.#ask());
    return { views: newestFirst(views), reports: this.#reports };
  }

  /** One session, by its id or the beginning of it. By its whole id its own adapter alone is asked: others may hang. */
  async find(wanted: string): Promise<SessionView> {
    const adapter = this.#adapterIn(wanted);
    const own = adapter === undefined ? [] : await this.#merged(await this.#askOnly(adapter));
    const exact = own.find(({ sessionId }) => sessionId === wanted);
    if (exact !== undefined) return exact;
    const { views } = await this.list();
    const matches = matching(views, wanted);
    const [match] = matches;
    if (match === undefined) throw new Refusal('SESSION_NOT_FOUND', `there is no session ${wanted}`);
    if (matches.length === 1) return match;
    const ids = matches.map(({ sessionId }) => sessionId).join(' ');
    throw new Refusal('SESSION_AMBIGUOUS', `${matches.length} sessions begin with ${wanted}: ${ids}`, { matches: ids });
  }

  /** As `find`, but what was launched here is found by its whole id without asking anybody. */
  async named(wanted: string): Promise<SessionView> {
    return (await this.launched(wanted)) ?? this.find(wanted);
  }

  /** The same session as it is now: over, where its adapter, asked from now on, answers and no longer tells of it. */
  async again(view: SessionView): Promise<SessionView> {
    const findings = await this.#askOnly(view.adapter);
    const now = (await this.#merged(findings)).find(({ sessionId }) => sessionId === view.sessionId);
    if (now !== undefined) return now;
    const isHealthy = findings.some(({ ok }) => ok);
    return isHealthy ? { ...view, state: 'ended', process: undefined } : { ...view, stale: true };
  }

  /** One that was launched here, with what its adapter said when it was last asked. Undefined: there is none. */
  async launched(sessionId: string): Promise<SessionView | undefined> {
    const session = this.#parts.launchedOne(sessionId);
    if (session === undefined) return undefined;
    const facts = session.facts(await session.printed(), this.#parts.left.countOf(session));
    // Forgotten meanwhile.
    if (this.#parts.launchedOne(sessionId) === undefined) return undefined;
    const own = this.#findings.filter(({ adapter }) => adapter === facts.record.adapter);
    return mergeSessions([facts], own, { ownerOf: () => undefined, lives })[0];
  }

  /** Refuses a filter by an adapter that is not there, unless a session of it still is. */
  checkFilter(filter: SessionFilter | undefined): void {
    const known = this.#parts.adapters().map(({ name }) => name);
    const isOfSession = (name: string) => [...this.#parts.launched()].some(({ record }) => record.adapter === name);
    const unknown = filter?.adapters.find((name) => !known.includes(name) && !isOfSession(name));
    if (unknown !== undefined) throw noAdapter(unknown, known);
  }

  async adapters(): Promise<readonly AdapterReport[]> {
    await this.#ask();
    return this.#reports;
  }

  async #merged(findings: readonly Findings[]): Promise<readonly SessionView[]> {
    const launched = await this.#launchedFacts();
    const owners = new Map<number, string | undefined>();
    const ownerOf = ({ process }: FoundSession): string | undefined => {
      if (process === undefined) return undefined;
      if (!owners.has(process.pid)) owners.set(process.pid, sessionOf(process.pid));
      return owners.get(process.pid);
    };
    const views = mergeSessions(launched, findings, { ownerOf, lives });
    this.#learn(views);
    return views;
  }

  /** The adapter that a whole id would be of. */
  #adapterIn(wanted: string): string | undefined {
    const launched = this.#parts.launchedOne(wanted)?.record.adapter;
    return launched ?? this.#parts.adapters().find(({ name }) => wanted.startsWith(foundId(name, '')))?.name;
  }

  /** One adapter, and not within a round that others began: what has happened since must be in its answer. */
  async #askOnly(name: string): Promise<readonly Findings[]> {
    const findings = findingsOf(
      await this.#discover(this.#parts.adapters().filter((adapter) => adapter.name === name)),
    );
    const fresh = (old: Findings): Findings => findings.find(({ adapter }) => adapter === old.adapter) ?? old;
    this.#findings = this.#findings.map(fresh);
    return findings;
  }

  #ask(): Promise<readonly Findings[]> {
    this.#round ??= this.#askNow().finally(() => {
      this.#round = undefined;
    });
    return this.#round;
  }

  async #askNow(): Promise<readonly Findings[]> {
    const all = this.#parts.adapters();
    const [answers, available] = await Promise.all([
      this.#discover(all),
      askAll(all, (adapter) => adapter.available(), this.#limits),
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
    this.#findings = findingsOf(answers);
    return this.#findings;
  }

  #discover(adapters: readonly SessionAdapter[]): Promise<readonly AdapterAnswer<readonly FoundSession[]>[]> {
    const { wallMs, windowMs } = this.#parts;
    const since = wallMs() - windowMs();
    return askAll(adapters, async (adapter, signal) => checked(await adapter.discover(since, signal)), this.#limits);
  }

  get #limits(): FanOutOptions {
    return { limitMs: ADAPTER_LIMIT_MS, nowMs: this.#parts.monotonicMs };
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

  /** All of one moment: what has ended, or was launched, while the files were looked at is not shown as it was before. */
  async #launchedFacts(): Promise<LaunchedFacts[]> {
    const { launched, left } = this.#parts;
    const printed = new Map<LaunchedSession, Printed>();
    const look = async (session: LaunchedSession) => printed.set(session, await session.printed());
    await Promise.all([...[...launched()].map(look), left.look(launched())]);
    return [...launched()].map((session) => session.facts(printed.get(session) ?? NOTHING_YET, left.countOf(session)));
  }
}

const NOTHING_YET: Printed = { stdoutBytes: 0, stderrBytes: 0, activityWallMs: undefined };

function findingsOf(answers: readonly AdapterAnswer<readonly FoundSession[]>[]): readonly Findings[] {
  return answers.map(({ adapter, ok, value }) => ({ adapter: adapter.name, ok, found: value ?? [] }));
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
