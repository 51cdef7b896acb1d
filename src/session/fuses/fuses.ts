import { messageOf } from '../../os/errno.js';
import { Refusal } from '../../rpc/refusal.js';
import type { EventActor, EventSink } from '../../telemetry/events.js';
import type { FuseActions, FuseOutcome } from './fuse_actions.js';
import type { FuseFiles } from './fuse_files.js';
import { byTime, concerns, type FuseDeed, isDue, type StoredFuse, untilNextLookMs } from './fuse_rules.js';

const MOST_FUSES = 4_096;
/** Actions of one kind at the same time; the other fuses that are due wait, and stay on the disk. */
const MOST_AT_ONCE = 16;
/** What runs when the daemon stops gets so long to end by itself: it would not run again. */
const CLOSE_MS = 3_000;

export interface FusesParts {
  readonly files: Pick<FuseFiles, 'readAll' | 'write' | 'remove'>;
  readonly actions: Pick<FuseActions, 'run'>;
  readonly wallMs: () => number;
  /** A letter, then letters and digits, lower case. */
  readonly newId: () => string;
  readonly events: EventSink;
}

export interface FuseWish {
  readonly sessionId: string;
  readonly directory: string;
  readonly deed: FuseDeed;
  readonly afterMs: number;
  readonly label: string;
}

interface RunningDeed {
  readonly kind: FuseDeed['kind'];
  readonly abort: AbortController;
  readonly over: Promise<void>;
}

/**
 * Timers that go off once. The wall clock decides when; a fuse leaves the
 * disk before its action begins, so that nothing makes it go off twice.
 */
export class Fuses {
  readonly #parts: FusesParts;
  readonly #fuses = new Map<string, StoredFuse>();
  readonly #running = new Set<RunningDeed>();
  /** Due ones that could not be taken out of the disk; told once. */
  readonly #delayed = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(parts: FusesParts) {
    this.#parts = parts;
  }

  /** Takes up what earlier runs left; overdue ones go off now. Sessions must be known by then. */
  load(): void {
    const { files, wallMs, events } = this.#parts;
    const { fuses, damaged } = files.readAll(wallMs());
    for (const fuse of fuses) this.#fuses.set(fuse.fuseId, fuse);
    for (const { path, fault } of damaged) {
      events.emit({ action: 'fuse.damaged', level: 'warn', success: false, metadata: { path, reason: fault } });
    }
    this.#look();
  }

  /** Throws a Refusal where it can't be kept. */
  set({ sessionId, directory, deed, afterMs, label }: FuseWish, actor?: EventActor): StoredFuse {
    if (this.#fuses.size >= MOST_FUSES) {
      throw new Refusal('TOO_MANY', `there are ${MOST_FUSES} fuses; cancel some first`);
    }
    const { files, wallMs, newId } = this.#parts;
    const setWallMs = wallMs();
    const fireWallMs = setWallMs + afterMs;
    const fuse = { fuseId: newId(), sessionId, directory, deed, fireWallMs, setWallMs, label };
    files.write(fuse);
    this.#fuses.set(fuse.fuseId, fuse);
    this.#tell('fuse.set', fuse, { afterMs }, actor);
    this.#arm();
    return fuse;
  }

  /** Throws a Refusal where there is none, or it can't be kept; then it goes off as before. */
  extend(fuseId: string, afterMs: number, actor?: EventActor): StoredFuse {
    const before = this.#fuses.get(fuseId);
    if (before === undefined) {
      throw new Refusal('FUSE_NOT_FOUND', `there is no fuse ${fuseId}; it may have gone off`);
    }
    const fuse = { ...before, fireWallMs: this.#parts.wallMs() + afterMs };
    this.#parts.files.write(fuse);
    this.#fuses.set(fuseId, fuse);
    this.#delayed.delete(fuseId);
    this.#tell('fuse.extended', fuse, { afterMs }, actor);
    this.#arm();
    return fuse;
  }

  /** Undefined: there is none, or it has gone off. */
  cancel(fuseId: string, actor?: EventActor): StoredFuse | undefined {
    const fuse = this.#fuses.get(fuseId);
    if (fuse === undefined) return undefined;
    this.#takeOut(fuse);
    this.#tell('fuse.cancelled', fuse, {}, actor);
    this.#arm();
    return fuse;
  }

  /** Next first; what is empty selects all. */
  list({ sessionId, directory }: Pick<StoredFuse, 'sessionId' | 'directory'>): readonly StoredFuse[] {
    return [...this.#fuses.values()].filter((fuse) => concerns(fuse, sessionId, directory)).sort(byTime);
  }

  /** Fuses that would stop it have nothing left to do; its others stay. */
  sessionEnded(sessionId: string): void {
    for (const fuse of this.list({ sessionId, directory: '' })) {
      if (sessionId === '' || fuse.deed.kind !== 'stop-session') continue;
      try {
        this.#takeOut(fuse);
        this.#tell('fuse.cancelled', fuse, { reason: 'its session has ended' });
      } catch {
        // It stays, and will find nothing to stop.
      }
    }
    this.#arm();
  }

  /** Those that have not gone off do so in the next run. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    const running = [...this.#running];
    const tooLong = setTimeout(() => {
      for (const { abort } of running) abort.abort();
    }, CLOSE_MS);
    await Promise.all(running.map(({ over }) => over));
    clearTimeout(tooLong);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    // One that has become due since the last look must not wait for the next one.
    const isTried = ({ fuseId, deed }: StoredFuse): boolean =>
      this.#delayed.has(fuseId) || !this.#hasRoomFor(deed.kind);
    const wait = untilNextLookMs(this.#fuses.values(), this.#parts.wallMs(), isTried);
    if (wait !== undefined) this.#timer = setTimeout(() => this.#look(), wait);
  }

  #look(): void {
    const nowMs = this.#parts.wallMs();
    for (const fuse of this.list({ sessionId: '', directory: '' })) {
      if (!isDue(fuse, nowMs)) break;
      if (this.#hasRoomFor(fuse.deed.kind)) this.#fire(fuse, nowMs);
    }
    this.#arm();
  }

  #hasRoomFor(kind: FuseDeed['kind']): boolean {
    return [...this.#running].filter((deed) => deed.kind === kind).length < MOST_AT_ONCE;
  }

  #fire(fuse: StoredFuse, nowMs: number): void {
    try {
      this.#takeOut(fuse);
    } catch (error) {
      // To go off and stay could be to go off twice: it waits for the disk.
      if (!this.#delayed.has(fuse.fuseId)) this.#tell('fuse.delayed', fuse, { reason: messageOf(error) });
      this.#delayed.add(fuse.fuseId);
      return;
    }
    const abort = new AbortController();
    const run = this.#parts.actions.run(fuse, abort.signal);
    const over = run.then((outcome) => this.#fired(fuse, outcome, nowMs - fuse.fireWallMs));
    const running = { kind: fuse.deed.kind, abort, over };
    this.#running.add(running);
    void over.finally(() => {
      this.#running.delete(running);
      this.#makeUp();
    });
  }

  #fired(fuse: StoredFuse, { success, detail }: FuseOutcome, lateMs: number): void {
    this.#tell('fuse.fired', fuse, { success, detail, lateMs: Math.floor(lateMs) });
  }

  /** Lets in what found no room, in a turn of its own. */
  #makeUp(): void {
    if (this.#closed || this.#fuses.size === 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), 1);
  }

  #takeOut({ fuseId }: StoredFuse): void {
    this.#parts.files.remove(fuseId);
    this.#fuses.delete(fuseId);
    this.#delayed.delete(fuseId);
  }

  #tell(
    action: string,
    { fuseId, sessionId, directory, deed, label }: StoredFuse,
    { success = action !== 'fuse.delayed', ...more }: Readonly<Record<string, string | number | boolean>>,
    actor?: EventActor,
  ): void {
    // What it runs or calls may have something private in it; what kind it is has not.
    const metadata = { fuseId, fuseAction: deed.kind, ...present({ sessionId, directory, label }), ...more };
    const well = success !== false;
    const level = well ? 'info' : 'warn';
    this.#parts.events.emit({ action, level, success: well, ...(actor && { actor }), metadata });
  }
}

function present(texts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== ''));
}
