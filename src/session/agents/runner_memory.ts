import type { Candidate, Runner } from './process_match_rules.js';
import { matchRunners } from './process_match_rules.js';

interface Bound {
  readonly pid: number;
  readonly startTicks: number;
  /** When its end was noticed. */
  readonly deadSinceWallMs: number | undefined;
}

/**
 * Matches processes and sessions as `matchRunners` does, and remembers it: a
 * session whose process was seen to end is no other's, until something is
 * written to it again. It would pass to whoever works in the same directory.
 */
export class RunnerMemory {
  #bound = new Map<string, Bound>();

  /** Of the processes only those that live; of the sessions all that are known, others are forgotten. */
  match(
    runners: readonly Runner[],
    candidates: readonly Candidate[],
    nowWallMs: number,
  ): ReadonlyMap<string, Runner | 'unclear'> {
    const living = new Map(runners.map((one) => [one.pid, one.startTicks]));
    const bound = new Map<string, Bound>();
    const open: Candidate[] = [];
    for (const candidate of candidates) {
      const before = this.#bound.get(candidate.id);
      const isAlive = before === undefined || living.get(before.pid) === before.startTicks;
      const deadSinceWallMs = isAlive ? undefined : (before.deadSinceWallMs ?? nowWallMs);
      if (deadSinceWallMs === undefined || candidate.activityWallMs > deadSinceWallMs) open.push(candidate);
      if (before !== undefined) bound.set(candidate.id, { ...before, deadSinceWallMs });
    }
    const matches = matchRunners(runners, open);
    for (const [id, runner] of matches) {
      if (runner === 'unclear') continue;
      bound.set(id, { pid: runner.pid, startTicks: runner.startTicks, deadSinceWallMs: undefined });
    }
    this.#bound = bound;
    return matches;
  }
}
