import type { SessionView } from '../listing/merge_rules.js';

/**
 * The living sessions that run in the process of another, but are no part of
 * it: some programs have one process for all their terminals. What one has
 * started itself is a part of it.
 */
export function othersInProcess(
  { sessionId, process: shared }: SessionView,
  views: readonly SessionView[],
): readonly SessionView[] {
  if (shared === undefined) return [];
  const parents = new Map(views.map((one) => [one.sessionId, one.parentSessionId]));
  return views.filter(
    (one) =>
      one.state !== 'ended' &&
      one.process?.pid === shared.pid &&
      one.process.startTicks === shared.startTicks &&
      !isWithin(one.sessionId, sessionId, parents),
  );
}

function isWithin(sessionId: string, ancestor: string, parents: ReadonlyMap<string, string>): boolean {
  const seen = new Set<string>();
  let at: string | undefined = sessionId;
  // Parents are what programs say: they may run in a circle.
  while (at !== undefined && !seen.has(at)) {
    if (at === ancestor) return true;
    seen.add(at);
    at = parents.get(at);
  }
  return false;
}
