import { byName } from '../name_order.js';
import { groupBy } from './group_by.js';
import type { Hold, Run, Timeline, Wait } from './timeline.js';

interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/** What stands beneath one name: holds and waits, or runs, in lanes in which nothing overlaps. */
export interface Track {
  readonly kind: 'resource' | 'session' | 'task';
  readonly name: string;
  /** What stands beside the name. */
  readonly aside: string;
  readonly holds: readonly (readonly Hold[])[];
  readonly waits: readonly (readonly Wait[])[];
  readonly runs: readonly (readonly Run[])[];
  /** How much there is to see. */
  readonly weightMs: number;
}

/** All tracks: resources, sessions, tasks, each by name or by time. */
export function tracksOf({ holds, waits, runs }: Timeline): Track[] {
  const holdsOf = groupBy(holds, ({ resource }) => resource);
  const waitsOf = groupBy(waits, ({ resource }) => resource);
  const names = new Set([...holdsOf.keys(), ...waitsOf.keys()]);
  const resources = [...names].sort(byName).map((name): Track => {
    const held = holdsOf.get(name) ?? [];
    const waited = waitsOf.get(name) ?? [];
    const lanes = lanesOf(held, ({ startMs, drainedMs }) => ({ startMs, endMs: drainedMs }));
    const aside = lanes.length > 1 ? `${lanes.length} at once` : '';
    return {
      kind: 'resource',
      name,
      aside,
      holds: lanes,
      waits: lanesOf(waited),
      runs: [],
      weightMs: sum(held) + sum(waited),
    };
  });
  return [...resources, ...sessionTracks(runs), ...taskTracks(runs)];
}

function sessionTracks(runs: readonly Run[]): Track[] {
  const sessions = runs.filter(({ kind }) => kind === 'session').sort((a, b) => a.startMs - b.startMs);
  return sessions.map((run) => trackOf('session', run.id, run.name, [run]));
}

/** All runs of one task together. */
function taskTracks(runs: readonly Run[]): Track[] {
  const ofTasks = runs.filter(({ kind }) => kind === 'task');
  return [...groupBy(ofTasks, ({ name }) => name)]
    .sort(([a], [b]) => byName(a, b))
    .map(([name, ofTask]) => trackOf('task', name, '', ofTask));
}

function trackOf(kind: 'session' | 'task', name: string, aside: string, runs: readonly Run[]): Track {
  return { kind, name, aside, holds: [], waits: [], runs: lanesOf(runs), weightMs: sum(runs) };
}

function sum(spans: readonly Span[]): number {
  return spans.reduce((total, { startMs, endMs }) => total + (endMs - startMs), 0);
}

/** Spreads spans over as few lanes as it takes, each into the first where it fits. */
export function lanesOf<S extends Span>(spans: readonly S[], extent: (span: S) => Span = (span) => span): S[][] {
  const lanes: { readonly spans: S[]; endMs: number }[] = [];
  for (const span of [...spans].sort((a, b) => extent(a).startMs - extent(b).startMs)) {
    const { startMs, endMs } = extent(span);
    const free = lanes.find((lane) => lane.endMs <= startMs);
    if (free === undefined) lanes.push({ spans: [span], endMs });
    else {
      free.spans.push(span);
      free.endMs = endMs;
    }
  }
  return lanes.map((lane) => lane.spans);
}
