import type { FoundSession, Usage } from '../agents/agent_program.js';
import type { LaunchRecord } from '../launched/record.js';

/** Where a launched session is, by what the daemon itself sees. */
export type Phase = 'starting' | 'running' | 'stalled' | 'stopping' | 'ended';

/** How much a launched session has printed, and when it last did. */
export interface Printed {
  readonly stdoutBytes: number;
  readonly stderrBytes: number;
  readonly activityWallMs: number | undefined;
}

/** A session that was launched here, at this moment. */
export interface LaunchedFacts extends Printed {
  readonly record: LaunchRecord;
  readonly phase: Phase;
  /** What it has left running, where it is over. */
  readonly leftProcesses: number;
}

/** What one adapter said. */
export interface Findings {
  readonly adapter: string;
  readonly ok: boolean;
  readonly found: readonly FoundSession[];
}

export type StateName = 'starting' | 'running' | 'idle' | 'waiting' | 'stalled' | 'stopping' | 'ended';

/** A session as it is shown. */
export interface SessionView {
  readonly sessionId: string;
  readonly adapter: string;
  readonly nativeId: string;
  readonly state: StateName;
  /** Undefined: it was found, not launched here. */
  readonly launched: LaunchedFacts | undefined;
  readonly stale: boolean;
  readonly directory: string;
  readonly prompt: string;
  readonly title: string;
  readonly model: string;
  readonly usage: Usage | undefined;
  readonly process: { readonly pid: number; readonly startTicks: number } | undefined;
  readonly startWallMs: number | undefined;
  readonly endWallMs: number | undefined;
  readonly activityWallMs: number | undefined;
  readonly parentSessionId: string;
}

/** What is seen of a found session beside what its adapter said. */
export interface Witness {
  /** Which launched session it runs inside, by its process; undefined: none. */
  readonly ownerOf: (found: FoundSession) => string | undefined;
  /** Whether it lives at this moment. */
  readonly lives: (found: FoundSession) => boolean;
}

export function foundId(adapter: string, nativeId: string): string {
  return `${adapter}:${nativeId}`;
}

/** What was launched here, told more of by the adapters, and what they found besides. */
export function mergeSessions(
  launched: readonly LaunchedFacts[],
  findings: readonly Findings[],
  { ownerOf, lives }: Witness,
): readonly SessionView[] {
  const matched = new Set<FoundSession>();
  const views = launched.map((facts) => {
    const own = findings.find(({ adapter }) => adapter === facts.record.adapter);
    const match = own === undefined ? undefined : matchOf(facts.record, own.found, ownerOf);
    // What lives on after what was launched is shown by itself: a wrapper's agent, or a session gone on with elsewhere.
    const found = match !== undefined && facts.phase === 'ended' && lives(match) ? undefined : match;
    if (found !== undefined) matched.add(found);
    return launchedView(facts, found, own?.ok === false);
  });
  for (const { adapter, found } of findings) {
    for (const one of found) if (!matched.has(one)) views.push(foundView(adapter, one, ownerOf(one) ?? ''));
  }
  return views;
}

/** The program's own id decides, else the main process itself, else the oldest that runs inside. */
function matchOf(
  record: LaunchRecord,
  found: readonly FoundSession[],
  ownerOf: Witness['ownerOf'],
): FoundSession | undefined {
  if (record.nativeId !== '') return found.find(({ nativeId }) => nativeId === record.nativeId);
  const isMain = ({ process: found }: FoundSession): boolean =>
    found?.pid === record.main.pid && found.startTicks === record.main.startTicks;
  const inside = found.filter((one) => ownerOf(one) === record.sessionId);
  return found.find(isMain) ?? inside.sort((a, b) => (a.startWallMs ?? 0) - (b.startWallMs ?? 0))[0];
}

function launchedView(facts: LaunchedFacts, found: FoundSession | undefined, stale: boolean): SessionView {
  const { record } = facts;
  const ended = facts.phase === 'ended';
  return {
    sessionId: record.sessionId,
    adapter: record.adapter,
    nativeId: found?.nativeId ?? record.nativeId,
    state: stateOf(facts.phase, found),
    launched: facts,
    stale: stale && !ended,
    directory: record.directory,
    prompt: record.prompt === '' ? (found?.prompt ?? '') : record.prompt,
    title: found?.title ?? '',
    model: found?.model === undefined || found.model === '' ? record.model : found.model,
    usage: found?.usage ?? record.usage,
    process: ended ? undefined : record.main,
    startWallMs: record.startWallMs,
    endWallMs: record.end?.wallMs,
    activityWallMs: later(facts.activityWallMs, found?.activityWallMs),
    parentSessionId: record.parentSessionId,
  };
}

/** Life is the daemon's to say, what is done with it the program's. */
function stateOf(phase: Phase, found: FoundSession | undefined): StateName {
  if (phase !== 'running' && phase !== 'starting') return phase;
  return found === undefined || found.state === 'ended' ? phase : found.state;
}

function foundView(adapter: string, found: FoundSession, parentSessionId: string): SessionView {
  const { nativeId, state, directory, prompt, title, model, usage, process, startWallMs, activityWallMs } = found;
  const parent = found.parentNativeId === '' ? '' : foundId(adapter, found.parentNativeId);
  return {
    sessionId: foundId(adapter, nativeId),
    adapter,
    nativeId,
    state,
    launched: undefined,
    stale: false,
    directory,
    prompt,
    title,
    model,
    usage,
    process,
    startWallMs,
    endWallMs: state === 'ended' ? activityWallMs : undefined,
    activityWallMs,
    parentSessionId: parentSessionId === '' ? parent : parentSessionId,
  };
}

function later(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b;
  return b === undefined ? a : Math.max(a, b);
}

/**
 * The sessions that an id or the beginning of one names: exactly one, or all
 * that it could be. A session and those that it was resumed as share the
 * program's own id, by which the one that lives is meant, else the newest.
 */
export function matching(views: readonly SessionView[], wanted: string): readonly SessionView[] {
  const exact = views.filter(({ sessionId }) => sessionId === wanted);
  if (exact.length > 0) return exact;
  const byOwnId = views.filter(({ nativeId }) => nativeId === wanted);
  if (byOwnId.length > 0) return latestOfEach(byOwnId);
  const begin = views.filter(({ sessionId }) => sessionId.startsWith(wanted));
  const others = views.filter((view) => !begin.includes(view) && view.nativeId.startsWith(wanted));
  return [...begin, ...latestOfEach(others)];
}

/** Of those that went on as one another, and so share the program's own id: the one that lives, else the newest. */
function latestOfEach(views: readonly SessionView[]): readonly SessionView[] {
  const latest = new Map<string, SessionView>();
  for (const view of views) {
    const key = foundId(view.adapter, view.nativeId);
    const other = latest.get(key);
    if (other === undefined || isLater(view, other)) latest.set(key, view);
  }
  return [...latest.values()];
}

function isLater(one: SessionView, other: SessionView): boolean {
  const lives = one.state !== 'ended';
  if (lives !== (other.state !== 'ended')) return lives;
  return (one.startWallMs ?? 0) > (other.startWallMs ?? 0);
}
