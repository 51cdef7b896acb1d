import type { SegmentFacts } from './audit_retention_rules.js';

const DIGITS = 12;
const SUFFIX = '.jsonl';

/** Most bytes of a line with its end; what is longer was never written by us. */
export const MAX_LINE_BYTES = 128 * 1024;

/** The file name of a segment that begins with this sequence. */
export function segmentName(first: number): string {
  return `${String(first).padStart(DIGITS, '0')}${SUFFIX}`;
}

/** The sequence that a segment of this name begins with; undefined for the name of another file. */
export function firstOfName(name: string): number | undefined {
  const first = /^\d{12,16}\.jsonl$/.test(name) ? Number.parseInt(name, 10) : Number.NaN;
  return Number.isSafeInteger(first) && first > 0 && segmentName(first) === name ? first : undefined;
}

/** What a segment on the disk says of itself. */
export interface FoundSegment extends SegmentFacts {
  readonly first: number;
  readonly path: string;
  /** No entry in it has a higher sequence; one less than `first` where it is empty. */
  readonly last: number;
  /** Its last line has no end. */
  readonly isTorn: boolean;
}

/** A file with a run of the log's entries. */
export class AuditSegment implements SegmentFacts {
  readonly first: number;
  readonly path: string;
  readonly firstMs: number;
  #newestMs: number;
  #bytes: number;
  #last: number;
  #damagedLines = 0;

  constructor({ first, path, firstMs, newestMs, bytes, last }: Omit<FoundSegment, 'isTorn'>) {
    this.first = first;
    this.path = path;
    this.firstMs = firstMs;
    this.#newestMs = newestMs;
    this.#bytes = bytes;
    this.#last = last;
  }

  /** As long as the file; what is beyond was not written by us. */
  get bytes(): number {
    return this.#bytes;
  }

  get last(): number {
    return this.#last;
  }

  get newestMs(): number {
    return this.#newestMs;
  }

  /** As far as anybody has read it. */
  get damagedLines(): number {
    return this.#damagedLines;
  }

  grow(bytes: number, last: number, newestMs: number): void {
    this.#bytes += bytes;
    this.#last = last;
    this.#newestMs = newestMs;
  }

  /** Says how many damaged lines a reader has found from the beginning on. */
  sawDamaged(lines: number): void {
    this.#damagedLines = Math.max(this.#damagedLines, lines);
  }
}
