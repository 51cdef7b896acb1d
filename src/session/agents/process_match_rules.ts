/** A living process of a program that does not say which session it is in. */
export interface Runner {
  readonly pid: number;
  readonly startTicks: number;
  readonly directory: string;
  readonly startWallMs: number;
}

/** A session that a runner may be in. */
export interface Candidate {
  readonly id: string;
  readonly directory: string;
  readonly createdWallMs: number;
  readonly activityWallMs: number;
}

/** By how much a file's time may lie before that of its writer's start: both are rounded. */
const ROUNDING_MS = 30;

/**
 * Which process is in which session, by directory and time: one that nothing
 * was written to since a process began is not that process's, so what a kill
 * has left behind stays dead whoever works beside it. `unclear`: it lives, in
 * one of several.
 */
export function matchRunners(
  runners: readonly Runner[],
  candidates: readonly Candidate[],
): ReadonlyMap<string, Runner | 'unclear'> {
  const matches = new Map<string, Runner | 'unclear'>();
  for (const directory of new Set(runners.map((one) => one.directory))) {
    matchInDirectory(
      // In the same tick the greater pid is the younger one, as a rule.
      runners
        .filter((one) => one.directory === directory)
        .sort((a, b) => b.startWallMs - a.startWallMs || b.pid - a.pid),
      candidates.filter((one) => one.directory === directory),
      matches,
    );
  }
  return matches;
}

/** The youngest runner comes first. */
function matchInDirectory(
  runners: readonly Runner[],
  candidates: readonly Candidate[],
  matches: Map<string, Runner | 'unclear'>,
): void {
  const idle: Runner[] = [];
  for (const [index, runner] of runners.entries()) {
    const active = candidates.filter((one) => !matches.has(one.id) && isSince(one.activityWallMs, runner));
    const born = active.filter((one) => isSince(one.createdWallMs, runner));
    // The oldest has made all that is left, and is where it was last active; others made theirs as they began.
    const isOldest = index === runners.length - 1;
    const own = isOldest ? best(born, (one) => one.activityWallMs) : best(born, (one) => -one.createdWallMs);
    if (own === undefined) idle.push(runner);
    else matches.set(own.id, runner);
  }
  // What is older than its process was taken up again.
  for (const runner of idle) {
    const resumed = candidates.filter((one) => !matches.has(one.id) && isSince(one.activityWallMs, runner));
    const own = best(resumed, (one) => one.activityWallMs);
    if (own === undefined) continue;
    const others = idle.filter((one) => one !== runner && isSince(own.activityWallMs, one));
    matches.set(own.id, others.length === 0 ? runner : 'unclear');
  }
}

function isSince(wallMs: number, { startWallMs }: Runner): boolean {
  return wallMs >= startWallMs - ROUNDING_MS;
}

function best(candidates: readonly Candidate[], rank: (one: Candidate) => number): Candidate | undefined {
  return candidates.reduce<Candidate | undefined>(
    (before, one) => (before === undefined || rank(one) > rank(before) ? one : before),
    undefined,
  );
}
