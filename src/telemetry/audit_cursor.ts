import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { errnoOf } from '../os/errno.js';
import type { AuditEntry } from './audit_entry.js';
import { lineSequence, readLine } from './audit_line.js';
import { type AuditSegment, MAX_LINE_BYTES } from './audit_segment.js';
import type { AuditSegments } from './audit_segments.js';

const LINE_END = 0x0a;

/** A run of entries: as many as can be read without keeping others waiting. */
export interface AuditPiece {
  /** Each of a higher sequence than the one before it, over all pieces. */
  readonly entries: readonly AuditEntry[];
  /** Nothing up to here is left to be read. */
  readonly upTo: number;
}

/**
 * A place in the audit log, from where its files are read bit by bit. Costs
 * no more than the piece that it reads, however far behind it is.
 */
export class AuditCursor {
  readonly #segments: AuditSegments;
  readonly #after: number;
  #upTo: number;
  #segment: AuditSegment | undefined;
  #file: FileHandle | undefined;
  /** In the segment's file: all before it was read. */
  #offset = 0;
  #damagedLines = 0;
  #missed = false;

  constructor(segments: AuditSegments, after: number) {
    this.#segments = segments;
    this.#after = after;
    this.#upTo = after;
  }

  /** Whether entries were dropped just before this cursor came to them. */
  get missed(): boolean {
    return this.#missed;
  }

  /** The next run; undefined where all that is in the files was read. One call at a time. */
  async next(): Promise<AuditPiece | undefined> {
    for (;;) {
      this.#segment ??= this.#enter();
      const segment = this.#segment;
      if (segment === undefined) return undefined;
      const offset = this.#offset;
      const isCurrent = this.#segments.isCurrent(segment);
      const entries = await this.#read(segment);
      if (this.#offset > offset) return { entries, upTo: this.#upTo };
      if (isCurrent) return undefined;
      await this.#leave(segment);
    }
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  /** Where to begin; undefined while the log has no file. */
  #enter(): AuditSegment | undefined {
    const { all, latestSequence } = this.#segments;
    const newest = all.at(-1);
    if (newest !== undefined && this.#after >= latestSequence) {
      this.#offset = newest.bytes;
      return newest;
    }
    return all.findLast(({ first }) => first <= this.#after + 1) ?? all[0];
  }

  /** Goes from a segment that was read to the end, and will not grow, to the next one. */
  async #leave(segment: AuditSegment): Promise<void> {
    await this.close();
    this.#upTo = Math.max(this.#upTo, segment.last);
    if (this.#segments.droppedThrough > this.#upTo) this.#missed = true;
    this.#segment = this.#segments.all.find(({ first }) => first > segment.first);
    this.#offset = 0;
    this.#damagedLines = 0;
  }

  async #read(segment: AuditSegment): Promise<AuditEntry[]> {
    const end = Math.min(segment.bytes, this.#offset + MAX_LINE_BYTES);
    if (end <= this.#offset) return [];
    const bytes = await this.#readBytes(segment, end - this.#offset);
    if (bytes.length === 0) {
      // Somebody has deleted or cut the file.
      this.#offset = segment.bytes;
      return [];
    }
    // Without any end it is too long for a line, or stands where a crash has left it and gets no more.
    const used = bytes.lastIndexOf(LINE_END) + 1 || bytes.length;
    this.#offset += used;
    return this.#entriesOf(bytes.toString('utf8', 0, used), segment);
  }

  async #readBytes(segment: AuditSegment, length: number): Promise<Buffer> {
    try {
      this.#file ??= await open(segment.path, constants.O_RDONLY | constants.O_NOFOLLOW);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
      if (this.#segments.droppedThrough >= segment.last) this.#missed = true;
      return Buffer.alloc(0);
    }
    const { bytesRead, buffer } = await this.#file.read(Buffer.allocUnsafe(length), 0, length, this.#offset);
    return buffer.subarray(0, bytesRead);
  }

  #entriesOf(text: string, segment: AuditSegment): AuditEntry[] {
    const entries: AuditEntry[] = [];
    for (const line of text.split('\n')) {
      // Most of what a reader knows already need not be read to be left out.
      if (line === '' || (lineSequence(line) ?? Number.POSITIVE_INFINITY) <= this.#after) continue;
      const entry = readLine(line);
      if (entry !== undefined && entry.sequence > this.#upTo && entry.sequence <= segment.last) {
        entries.push(entry);
        this.#upTo = entry.sequence;
      } else {
        this.#damagedLines += 1;
      }
    }
    segment.sawDamaged(this.#damagedLines);
    return entries;
  }
}
