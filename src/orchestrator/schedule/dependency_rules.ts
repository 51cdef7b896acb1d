/** How a task's last run ended, and when. */
export interface LastEnd {
  readonly isDone: boolean;
  readonly endedAt: number;
}

export type AfterVerdict =
  | { readonly kind: 'run' }
  /** Others have yet to run. */
  | { readonly kind: 'wait' }
  | { readonly kind: 'blocked'; readonly by: string };

/**
 * What the end of one of its dependencies means for a task: it runs once all
 * of them have run well since it last started.
 */
export function afterVerdict(
  needed: readonly string[],
  ended: string,
  lastEnds: ReadonlyMap<string, LastEnd>,
  lastStart: number | undefined,
): AfterVerdict {
  if (lastEnds.get(ended)?.isDone !== true) return { kind: 'blocked', by: ended };
  const isMet = (name: string) => {
    const last = lastEnds.get(name);
    return last?.isDone === true && (lastStart === undefined || last.endedAt >= lastStart);
  };
  return { kind: needed.every(isMet) ? 'run' : 'wait' };
}

/** A circle of dependencies, its first name repeated at its end; undefined where there is none. */
export function findCycle(needs: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const clear = new Set<string>();
  const walk = (name: string, path: readonly string[]): readonly string[] | undefined => {
    const seenAt = path.indexOf(name);
    if (seenAt >= 0) return [...path.slice(seenAt), name];
    if (clear.has(name)) return undefined;
    for (const needed of needs.get(name) ?? []) {
      const cycle = walk(needed, [...path, name]);
      if (cycle !== undefined) return cycle;
    }
    clear.add(name);
    return undefined;
  };
  for (const name of needs.keys()) {
    const cycle = walk(name, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
