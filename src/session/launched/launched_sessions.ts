import { Refusal } from '../../rpc/refusal.js';
import type { LeftBehind } from '../listing/left_behind.js';
import type { LaunchedSession } from './launched_session.js';
import type { LaunchRecord } from './record.js';
import type { FoundFolders, SessionFolders } from './session_folders.js';

export interface LaunchedSessionsParts {
  readonly folders: SessionFolders;
  /** Gives a record its life. */
  readonly bring: (record: LaunchRecord) => LaunchedSession;
  readonly wallMs: () => number;
  readonly keepMs: () => number;
  readonly left: Pick<LeftBehind, 'stillRunning'>;
  /** Once, however many they were. */
  readonly onForgotten: () => void;
  readonly onFault: (error: unknown) => void;
}

/** What became of a wish to forget sessions. */
export interface Forgotten {
  readonly count: number;
  /** Those that stay, for something of them still runs. */
  readonly keptIds: readonly string[];
}

/** How often to look for what has been kept long enough. */
const LOOK_MS = 10 * 60_000;

/** All that was launched here and is not forgotten yet. */
export class LaunchedSessions {
  readonly #parts: LaunchedSessionsParts;
  readonly #byId = new Map<string, LaunchedSession>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(parts: LaunchedSessionsParts) {
    this.#parts = parts;
  }

  /** Takes up what earlier runs left; answers what can't be read. */
  async restore(): Promise<FoundFolders['unreadable']> {
    const { records, unreadable } = await this.#parts.folders.readAll();
    if (this.#closed) return unreadable;
    // One that was taken up before what came next failed is followed already.
    for (const record of records) if (!this.#byId.has(record.sessionId)) this.admit(record);
    this.#forgetOld();
    this.#timer ??= setInterval(() => this.#forgetOld(), LOOK_MS).unref();
    return unreadable;
  }

  /** A new one, or one that was found on the disk; it is followed from now on. Throws once all is closed. */
  admit(record: LaunchRecord): LaunchedSession {
    if (this.#closed) throw new Refusal('SHUTTING_DOWN', 'tenured is shutting down; nothing was launched');
    const session = this.#parts.bring(record);
    this.#byId.set(record.sessionId, session);
    session.follow();
    return session;
  }

  get(sessionId: string): LaunchedSession | undefined {
    return this.#byId.get(sessionId);
  }

  all(): IterableIterator<LaunchedSession> {
    return this.#byId.values();
  }

  /** What this request launched before. */
  ofRequest(uid: number, requestId: string): LaunchedSession | undefined {
    if (requestId === '') return undefined;
    return [...this.all()].find(({ record }) => record.requestId === requestId && record.launchUid === uid);
  }

  /**
   * Forgets ended ones, with what they printed; not those for which a hook is
   * still at work, nor those that have left processes running: nobody could
   * end these by the session any more, which keep its directory.
   */
  async forget(isMeant: (record: LaunchRecord, endWallMs: number) => boolean): Promise<Forgotten> {
    const meant = [...this.all()].filter(
      ({ record }) => record.end !== undefined && isMeant(record, record.end.wallMs),
    );
    const running = new Set(await this.#parts.left.stillRunning(meant));
    // Others may have been forgotten by somebody else meanwhile.
    const there = meant.filter(({ record }) => this.#byId.has(record.sessionId));
    const done = new Set(there.filter((session) => session.isDone && !running.has(session)));
    for (const { record } of done) this.#byId.delete(record.sessionId);
    if (done.size > 0) this.#parts.onForgotten();
    for (const { record } of done) await this.#parts.folders.remove(record.sessionId);
    const kept = there.filter((session) => !done.has(session));
    return { count: done.size, keptIds: kept.map(({ record }) => record.sessionId) };
  }

  #forgetOld(): void {
    const since = this.#parts.wallMs() - this.#parts.keepMs();
    this.forget((_record, endWallMs) => endWallMs < since).catch((error: unknown) => this.#parts.onFault(error));
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await Promise.all([...this.all()].map((session) => session.close()));
  }
}
