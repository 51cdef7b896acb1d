import { errnoOf, messageOf } from '../os/errno.js';
import { DEFAULT_LEASES_FROM_MS, isAudited } from './audit_choice_rules.js';
import { AuditCursor } from './audit_cursor.js';
import { type AuditDraft, draftOf } from './audit_entry.js';
import { type AuditFiles, systemFiles } from './audit_files.js';
import { type AuditLimits, DEFAULT_AUDIT_LIMITS } from './audit_retention_rules.js';
import { AuditSegments } from './audit_segments.js';
import { AuditSync } from './audit_sync.js';
import type { EventSink, TenureEvent } from './events.js';

/** How often to look for what is too old, and whether there is room again. */
const LOOK_MS = 60_000;
/** Least pause between two syncs: what a power loss may take. */
const SYNC_MS = 1_000;
/** Drafts of one turn that are written without waiting for its end. */
const MAX_PENDING = 1_000;

export interface AuditLogOptions {
  /** Made where it is not there. */
  readonly folder: string;
  readonly ownUid: number;
  readonly limits?: AuditLimits;
  /** As isAudited takes it. */
  readonly leasesFromMs?: number;
  readonly wallMs: () => number;
  /** Told once when entries begin to be lost: how many so far, and why. */
  readonly onLost: (count: number, why: string) => void;
  /** Told once the log can be written again: how many were lost. */
  readonly onRecovered: (count: number) => void;
  readonly files?: AuditFiles;
  readonly lookMs?: number;
  readonly syncMs?: number;
}

/**
 * Who did what to which lease or secret, as lines of JSON in a private folder,
 * bounded by size and age. Whatever happens to its files stops nothing:
 * entries that can't be written are counted, and told of in the log itself
 * once it can be written again.
 */
export class AuditLog implements EventSink {
  readonly #wallMs: () => number;
  readonly #onLost: AuditLogOptions['onLost'];
  readonly #onRecovered: AuditLogOptions['onRecovered'];
  readonly #sync: AuditSync;
  readonly #segments: AuditSegments;
  readonly #timer: NodeJS.Timeout;
  readonly #listeners = new Set<() => void>();
  #pending: AuditDraft[] = [];
  #turnEnd: NodeJS.Immediate | undefined;
  /** Lost, and not told of in the log yet. */
  #untold = 0;
  /** Lost since the log could last be written; undefined while it can be. */
  #outage: number | undefined;
  #leasesFromMs: number;
  #isClosed = false;

  constructor(options: AuditLogOptions) {
    this.#wallMs = options.wallMs;
    this.#onLost = options.onLost;
    this.#onRecovered = options.onRecovered;
    this.#leasesFromMs = options.leasesFromMs ?? DEFAULT_LEASES_FROM_MS;
    const files = options.files ?? systemFiles;
    this.#sync = new AuditSync(files, options.syncMs ?? SYNC_MS, (count, error) => this.#lose(count, error));
    const folder = { path: options.folder, ownUid: options.ownUid };
    this.#segments = new AuditSegments(folder, options.limits ?? DEFAULT_AUDIT_LIMITS, files, this.#sync);
    this.#timer = setInterval(() => this.look(), options.lookMs ?? LOOK_MS).unref();
    this.look();
  }

  /** Of the newest entry that is in the files. */
  get latestSequence(): number {
    return this.#segments.latestSequence;
  }

  /** Lines that nobody can read, as far as the log was read. */
  get damagedLines(): number {
    return this.#segments.all.reduce((sum, { damagedLines }) => sum + damagedLines, 0);
  }

  /** What is too much by the new limits goes at once. */
  configure(limits: AuditLimits, leasesFromMs: number): void {
    this.#leasesFromMs = leasesFromMs;
    this.#segments.limits = limits;
    this.look();
  }

  /** What comes in one turn of the event loop is written at its end. */
  emit(event: TenureEvent): void {
    if (this.#isClosed || !isAudited(event, this.#leasesFromMs)) return;
    this.#pending.push(draftOf(event, this.#wallMs()));
    if (this.#pending.length >= MAX_PENDING) this.flush();
    else this.#turnEnd ??= setImmediate(() => this.flush());
  }

  /** Writes what has come in so far, so that a caller who is answered next finds it in the files. Never throws. */
  flush(): void {
    clearImmediate(this.#turnEnd);
    this.#turnEnd = undefined;
    const drafts = this.#pending;
    this.#pending = [];
    if (drafts.length > 0) this.#write(drafts);
  }

  /** Drops what is too old, and tries whether there is room again. Done now and then by itself. */
  look(): void {
    if (this.#isClosed) return;
    this.flush();
    if (this.#untold > 0) this.#write([]);
    try {
      this.#segments.retain(this.#wallMs());
    } catch {
      // No entry is lost by that; the first one that is will be told of.
    }
  }

  /** Reads what comes after a sequence. To be closed by whoever asked for it. */
  cursor(after: number): AuditCursor {
    return new AuditCursor(this.#segments, after);
  }

  /** Calls whenever entries have been written. Returns how to unsubscribe. */
  onWritten(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Writes and syncs what there is. Later events are not taken. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.flush();
    this.#segments.close();
    await this.#sync.close();
  }

  #write(drafts: readonly AuditDraft[]): void {
    const nowMs = this.#wallMs();
    const untold = this.#untold;
    const told = untold > 0 ? [lossOf(untold, nowMs)] : [];
    const { count, error } = this.#segments.append([...told, ...drafts], nowMs);
    if (count >= told.length) this.#untold -= untold;
    const lost = drafts.length - Math.max(0, count - told.length);
    if (lost > 0 || this.#untold > 0) this.#lose(lost, error);
    else this.#recover();
    if (count > 0) for (const listener of [...this.#listeners]) listener();
  }

  #lose(count: number, error: unknown): void {
    this.#untold += count;
    const begins = this.#outage === undefined;
    this.#outage = (this.#outage ?? 0) + count;
    if (begins) this.#onLost(count, errnoOf(error) ?? messageOf(error));
  }

  #recover(): void {
    const lost = this.#outage;
    if (lost === undefined) return;
    this.#outage = undefined;
    this.#onRecovered(lost);
  }
}

function lossOf(count: number, nowMs: number): AuditDraft {
  return draftOf({ action: 'audit.entries_lost', level: 'error', success: false, metadata: { entries: count } }, nowMs);
}
