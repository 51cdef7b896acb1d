const NAMES = new Intl.Collator('en', { numeric: true });

/** As people read names: `shard/9` before `shard/10`. */
export function byName(a: string, b: string): number {
  return NAMES.compare(a, b);
}
