import { join } from 'node:path';
import type { AuditDraft } from './audit_entry.js';
import type { AuditFiles } from './audit_files.js';
import { lineOf } from './audit_line.js';
import { type AuditLimits, countToDrop, isFull } from './audit_retention_rules.js';
import { openAuditFolder, scanSegments } from './audit_scan.js';
import { AuditSegment, segmentName } from './audit_segment.js';
import type { AuditSync } from './audit_sync.js';
import { AuditWriter } from './audit_writer.js';

export interface AuditFolder {
  readonly path: string;
  readonly ownUid: number;
}

export interface Appended {
  /** From the first on. */
  readonly count: number;
  /** Why the others are not in the file; undefined where all are. */
  readonly error: unknown;
}

/** The files of the audit log: appends to the newest, drops the oldest. */
export class AuditSegments {
  readonly #folder: AuditFolder;
  readonly #files: AuditFiles;
  readonly #sync: AuditSync;
  #limits: AuditLimits;
  /** The oldest first. */
  #closed: AuditSegment[] = [];
  #current: AuditWriter | undefined;
  #isOpen = false;
  #next = 1;
  #droppedThrough = 0;

  constructor(folder: AuditFolder, limits: AuditLimits, files: AuditFiles, sync: AuditSync) {
    this.#folder = folder;
    this.#limits = limits;
    this.#files = files;
    this.#sync = sync;
  }

  set limits(limits: AuditLimits) {
    this.#limits = limits;
  }

  /** The highest sequence that is in a file, or was. */
  get latestSequence(): number {
    return this.#current?.segment.last ?? 0;
  }

  /** Entries up to here have been dropped in this run. */
  get droppedThrough(): number {
    return this.#droppedThrough;
  }

  /** What is kept, the oldest first. */
  get all(): readonly AuditSegment[] {
    return this.#current === undefined ? [] : [...this.#closed, this.#current.segment];
  }

  /** Whether a segment may still grow. */
  isCurrent(segment: AuditSegment): boolean {
    return this.#current?.segment === segment;
  }

  /** Takes up what the run before left, if that was not done. Throws where the folder or a file can't be opened. */
  open(): void {
    if (this.#isOpen) return;
    openAuditFolder(this.#folder.path, this.#folder.ownUid);
    const found = scanSegments(this.#folder.path);
    const newest = found.pop();
    if (newest !== undefined) {
      const fd = this.#files.open(newest.path);
      this.#current = new AuditWriter(new AuditSegment(newest), fd, newest.isTorn, this.#files);
      this.#closed = found.map((segment) => new AuditSegment(segment));
      this.#next = newest.last + 1;
    }
    this.#isOpen = true;
  }

  /** Writes drafts in their order until one can't be written, and answers how many were. Never throws. */
  append(drafts: readonly AuditDraft[], nowMs: number): Appended {
    let count = 0;
    try {
      this.open();
      while (count < drafts.length) {
        const { count: more, error } = this.#appendRun(drafts.slice(count), nowMs);
        count += more;
        if (error !== undefined) return { count, error };
      }
    } catch (error) {
      return { count, error };
    }
    return { count, error: undefined };
  }

  /** Drops what is too old or too much. Throws where that needs a new segment, and there can be none. */
  retain(nowMs: number): void {
    this.open();
    if (this.#current === undefined) return;
    const { segment, fd } = this.#current;
    const isOver = isFull(segment, 0, this.#limits, nowMs);
    if (isOver || !this.#files.isInPlace(fd, segment.bytes)) this.#begin(nowMs);
    this.#drop(this.#closed, this.#current.segment.bytes, nowMs);
  }

  /** Leaves the last file. */
  close(): void {
    if (this.#current !== undefined) this.#sync.retire(this.#current.fd);
  }

  /** Writes as many as fit into one segment. */
  #appendRun(drafts: readonly AuditDraft[], nowMs: number): Appended {
    const lines: Buffer[] = [];
    let bytes = 0;
    let writer = this.#current;
    for (const draft of drafts) {
      const line = Buffer.from(lineOf(this.#next + lines.length, draft));
      if (writer === undefined || this.#isFull(writer, bytes, line, nowMs)) {
        if (lines.length > 0) break;
        writer = this.#begin(nowMs, line.length);
      }
      lines.push(line);
      bytes += line.length;
    }
    if (writer === undefined) return { count: 0, error: undefined };
    const { count, taken, error } = writer.write(lines, this.#next, nowMs);
    this.#next += taken;
    if (count > 0) this.#sync.wrote(writer.fd, count);
    return { count, error };
  }

  #isFull({ segment }: AuditWriter, bytes: number, line: Buffer, nowMs: number): boolean {
    const { firstMs } = segment;
    return isFull({ bytes: segment.bytes + bytes, firstMs }, line.length, this.#limits, nowMs);
  }

  /** The next run takes the sequence from the newest segment: so one that goes must have a successor. */
  #begin(nowMs: number, bytes = 0): AuditWriter {
    const before = this.#current;
    // On a full disk this makes the room that the new one needs.
    if (before !== undefined) this.#drop([...this.#closed, before.segment], bytes, nowMs);
    openAuditFolder(this.#folder.path, this.#folder.ownUid);
    const first = this.#next;
    const path = join(this.#folder.path, segmentName(first));
    const fd = this.#files.open(path);
    if (before !== undefined) {
      this.#sync.retire(before.fd);
      if (before.segment.bytes > 0) this.#closed.push(before.segment);
    }
    const segment = new AuditSegment({ first, path, bytes: 0, firstMs: nowMs, newestMs: nowMs, last: first - 1 });
    this.#current = new AuditWriter(segment, fd, false, this.#files);
    return this.#current;
  }

  /** Drops closed segments only, whatever else is among those that count. */
  #drop(segments: readonly AuditSegment[], currentBytes: number, nowMs: number): void {
    const count = countToDrop(segments, currentBytes, this.#limits, nowMs);
    for (const { path, last } of this.#closed.splice(0, count)) {
      this.#droppedThrough = last;
      try {
        this.#files.remove(path);
      } catch {
        // Gone already; or the next start finds it again.
      }
    }
  }
}
