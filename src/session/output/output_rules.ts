/** A file with a piece of what a session has printed. */
export interface Segment {
  readonly name: string;
  /** Of its first byte. */
  readonly offset: number;
}

/** The segments of one stream among a folder's files, by offset. */
export function segmentsOf(prefix: string, names: readonly string[]): readonly Segment[] {
  return names
    .filter((name) => name.startsWith(`${prefix}.`) && /^\d+$/.test(name.slice(prefix.length + 1)))
    .map((name) => ({ name, offset: Number(name.slice(prefix.length + 1)) }))
    .sort((one, other) => one.offset - other.offset);
}

/** The segment in which an offset lies or would lie; undefined: there is none so far back. */
export function segmentAt(segments: readonly Segment[], offset: number): Segment | undefined {
  return segments.findLast((segment) => segment.offset <= offset);
}

/** The offset of the oldest byte that is kept. */
export function oldestOf(segments: readonly Segment[]): number {
  return segments[0]?.offset ?? 0;
}
