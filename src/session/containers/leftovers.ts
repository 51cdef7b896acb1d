import { setMaxListeners } from 'node:events';
import { Turns } from '../../os/turns.js';
import type { EventSink } from '../../telemetry/events.js';
import { pause } from '../pause.js';
import type { Podman, PodmanAnswer } from './podman.js';
import { listOwn } from './podman_list.js';
import { type FoundContainer, type Plan, planOf, type SessionStanding } from './reconcile_rules.js';

/** One look is for all that ended meanwhile. */
const LOOK_MS = 5_000;
/** A podman that a daemon before this one has left behind may still make what nobody knows of: so long it is looked for. */
const LATE_MS = 120_000;
const LONGEST_PAUSE_MS = 300_000;
/** Podman's own locks let one work at a time; more of us only wait. */
const MOST_AT_ONCE = 4;
/** A container that is just ending is in the hands of conmon's own podman: ours is refused, until that has done. */
const BUSY_PAUSES_MS: readonly number[] = [50, 100, 200, 400, 800, 1_600];

export interface LeftoversParts {
  readonly podman: Podman;
  readonly instance: string;
  /** Of a session whose launch is not under way. */
  readonly standingOf: (sessionId: string) => Exclude<SessionStanding, 'making'>;
  /** Its container's main process came to be. */
  readonly hasStarted: (sessionId: string) => boolean;
  readonly monotonicMs: () => number;
  readonly events: EventSink;
  readonly onFault: (error: unknown) => void;
}

/** Sees that nothing stays with podman which no session needs: removed at once, and looked for until it is gone. */
export class Leftovers {
  readonly #parts: LeftoversParts;
  readonly #making = new Set<string>();
  /** Secrets that podman still has for a session. */
  readonly #secrets = new Map<string, readonly string[]>();
  readonly #turns = new Turns(MOST_AT_ONCE);
  #timer: NodeJS.Timeout | undefined;
  #pauseMs = LOOK_MS;
  #lateUntilMs = 0;
  readonly #closing = new AbortController();

  constructor(parts: LeftoversParts) {
    this.#parts = parts;
    // As many listen as removals pause; they all leave.
    setMaxListeners(0, this.#closing.signal);
  }

  /** From now on what there is of it is wanted. */
  making(sessionId: string): void {
    this.#making.add(sessionId);
  }

  secretsOf(sessionId: string, names: readonly string[]): void {
    if (names.length > 0) this.#secrets.set(sessionId, names);
  }

  /** They have been read, or nobody will read them any more. Never rejects. */
  async removeSecrets(sessionId: string): Promise<void> {
    const names = this.#secrets.get(sessionId);
    if (names === undefined) return;
    this.#secrets.delete(sessionId);
    const removed = await this.#turns.run(() => this.#parts.podman.run(['secret', 'rm', ...names]));
    // Those that were never made are missed, too: a look tells.
    if (!removed.ok) this.soon();
  }

  /** A container that no session needs any more, or never came to need, and its secrets. Never rejects. */
  async remove(sessionId: string, container: string): Promise<void> {
    const [removed] = await Promise.all([this.#removeContainers([container]), this.removeSecrets(sessionId)]);
    this.#making.delete(sessionId);
    if (removed === undefined) return;
    this.#parts.events.emit({
      action: 'session.container_left',
      level: 'warn',
      success: false,
      metadata: { sessionId, container, message: removed },
    });
    this.soon();
  }

  /** One whose container conmon has removed. */
  async ended(sessionId: string): Promise<void> {
    this.#making.delete(sessionId);
    await this.removeSecrets(sessionId);
    this.soon();
  }

  /** Takes up what runs before have left; answers what runs without a session. Rejects where podman does not do it. */
  async start(): Promise<readonly FoundContainer[]> {
    const running = await this.#reconcile();
    this.#lateUntilMs = this.#parts.monotonicMs() + LATE_MS;
    this.soon();
    return running;
  }

  /** Removes what no session needs; answers what runs without one. */
  async #reconcile(): Promise<readonly FoundContainer[]> {
    const { adopt, removeContainers, removeSecrets } = await this.#look();
    const failed = await this.#removeContainers(removeContainers.map(({ name }) => name));
    if (failed !== undefined) throw new Error(failed);
    if (removeSecrets.length > 0) {
      const removed = await this.#parts.podman.run(['secret', 'rm', ...removeSecrets.map(({ name }) => name)]);
      if (!removed.ok && removed.fault.kind !== 'no-secret') throw new Error(removed.fault.text);
    }
    if (removeContainers.length + removeSecrets.length > 0) {
      const metadata = { containers: removeContainers.length, secrets: removeSecrets.length };
      this.#parts.events.emit({ action: 'session.leftovers_removed', level: 'info', success: true, metadata });
    }
    return adopt;
  }

  /** Looks in a moment, and again until nothing is left. */
  soon(): void {
    if (this.#closing.signal.aborted) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#reconcile().then(
        () => {
          const isLate = this.#parts.monotonicMs() < this.#lateUntilMs;
          this.#pauseMs = isLate ? 2 * this.#pauseMs : LOOK_MS;
          if (isLate) this.soon();
        },
        (error: unknown) => {
          // The end of the daemon has cut it short.
          if (this.#closing.signal.aborted) return;
          this.#parts.onFault(error);
          this.#pauseMs = Math.min(2 * this.#pauseMs, LONGEST_PAUSE_MS);
          this.soon();
        },
      );
    }, this.#pauseMs).unref();
  }

  close(): void {
    this.#closing.abort();
    clearTimeout(this.#timer);
  }

  async #look(): Promise<Plan> {
    const { podman, instance, standingOf, hasStarted } = this.#parts;
    const found = await listOwn(podman, instance);
    const standing = (sessionId: string): SessionStanding => {
      const known = standingOf(sessionId);
      return known !== 'living' && this.#making.has(sessionId) ? 'making' : known;
    };
    const plan = planOf(found, standing, hasStarted);
    const kept = found.secrets.filter((secret) => !plan.removeSecrets.includes(secret));
    for (const { sessionId, name } of kept) {
      const known = this.#secrets.get(sessionId) ?? [];
      if (!known.includes(name)) this.#secrets.set(sessionId, [...known, name]);
    }
    return plan;
  }

  /** What went wrong; undefined: nothing. */
  async #removeContainers(names: readonly string[]): Promise<string | undefined> {
    if (names.length === 0) return undefined;
    let removed = await this.#removeOnce(names);
    for (const pauseMs of BUSY_PAUSES_MS) {
      if (removed.ok || removed.fault.kind !== 'other' || this.#closing.signal.aborted) break;
      await pause(pauseMs, this.#closing.signal);
      removed = await this.#removeOnce(names);
    }
    return removed.ok ? undefined : removed.fault.text;
  }

  #removeOnce(names: readonly string[]): Promise<PodmanAnswer> {
    const args = ['rm', '--force', '--ignore', '--time', '0', ...names];
    return this.#turns.run(() => this.#parts.podman.run(args));
  }
}
