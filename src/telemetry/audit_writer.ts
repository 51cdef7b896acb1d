import type { AuditFiles } from './audit_files.js';
import type { AuditSegment } from './audit_segment.js';

const LINE_END = Buffer.from('\n');

export interface Written {
  /** Lines that are whole in the file, from the first on. */
  readonly count: number;
  /** Sequences that are used up: also of a line that is there in part. */
  readonly taken: number;
  /** Why the others are not; undefined where all are. */
  readonly error: unknown;
}

/** Appends lines to one segment. */
export class AuditWriter {
  readonly segment: AuditSegment;
  readonly fd: number;
  readonly #files: AuditFiles;
  /** The last line has no end. */
  #isTorn: boolean;

  constructor(segment: AuditSegment, fd: number, isTorn: boolean, files: AuditFiles) {
    this.segment = segment;
    this.fd = fd;
    this.#isTorn = isTorn;
    this.#files = files;
  }

  /** Writes lines, the first of them with this sequence, with one call where the disk takes them. Never throws. */
  write(lines: readonly Buffer[], sequence: number, nowMs: number): Written {
    // A torn line is ended first, so that nothing is glued to it.
    const ends = this.#isTorn ? [LINE_END] : [];
    const bytes = Buffer.concat([...ends, ...lines]);
    const { length, error } = this.#writeAll(bytes);
    if (length === 0) return { count: 0, taken: 0, error };
    let whole = ends.length;
    let count = 0;
    for (const line of lines) {
      if (whole + line.length > length) break;
      whole += line.length;
      count += 1;
    }
    this.#isTorn = length > whole;
    this.segment.grow(length, sequence + count - 1, nowMs);
    return { count, taken: this.#isTorn ? count + 1 : count, error };
  }

  #writeAll(bytes: Buffer): { readonly length: number; readonly error: unknown } {
    let length = 0;
    try {
      while (length < bytes.length) {
        const more = this.#files.write(this.fd, bytes, length);
        if (more === 0) throw new Error('the file takes no more bytes');
        length += more;
      }
    } catch (error) {
      return { length, error };
    }
    return { length, error: undefined };
  }
}
