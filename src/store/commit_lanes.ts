import type { Environment, Step } from './environment.js';
import { failedError } from './faults.js';
import { Lane, type LaneListener, type Pending } from './lane.js';
import { type Durability, StoreError } from './port.js';

export interface Submission {
  readonly durability: Durability;
  readonly step: Step;
  /** For the other environment, once the first step is committed. */
  readonly then: Step | undefined;
  readonly own: boolean;
}

/** A commit that waits for everything before it. */
type Behind = Pending & Submission;

/**
 * Brings commits into the two environments, each in the order of the calls. A
 * durable one also waits for the boot commits before it; one that spans both
 * waits for everything before it and holds up everything after it.
 */
export class CommitLanes {
  readonly #environments: Readonly<Record<Durability, Environment>>;
  readonly #lanes: Readonly<Record<Durability, Lane>>;
  /** From the first commit on that spans both and has not begun. */
  #behind: Behind[] = [];
  #spanning = false;
  #order = 0;
  #fault: StoreError | undefined;
  #hadRoom = true;
  #idleWaiters: (() => void)[] = [];

  constructor(environments: Readonly<Record<Durability, Environment>>) {
    this.#environments = environments;
    const listener: LaneListener = {
      beforeBatch: () => Promise.resolve(),
      roomy: () => {
        this.#hadRoom = true;
      },
      refused: (order, error) => this.#refuseAfter(order, error),
      broken: (error) => this.#break(error),
      idle: () => this.#advance(),
    };
    const boot = new Lane(environments.boot, listener);
    const behindBoot = { ...listener, beforeBatch: () => this.#nothing('boot') };
    this.#lanes = { boot, durable: new Lane(environments.durable, behindBoot) };
  }

  submit({ durability, step, then, own }: Submission): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#fault !== undefined) {
        reject(this.#fault);
        return;
      }
      this.#order += 1;
      const pending = { durability, step, then, own, order: this.#order, resolve, reject };
      if (pending.then === undefined && !this.#spanning && this.#behind.length === 0) {
        this.#lanes[pending.durability].push(pending);
      } else {
        this.#behind.push(pending);
        this.#advance();
      }
    });
  }

  /** False from a commit that found no room until there is some again. */
  get hasRoom(): boolean {
    return this.#hadRoom;
  }

  /** After a full disk: whether it has room again. */
  lookForRoom(): void {
    if (this.#hadRoom || this.#fault !== undefined || !this.#isIdle()) return;
    this.#hadRoom = this.#environments.boot.hasRoom() && this.#environments.durable.hasRoom();
  }

  /** Resolves when nothing is under way. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idleWaiters.push(resolve);
      this.#advance();
    });
  }

  #isIdle(): boolean {
    return !this.#lanes.boot.busy && !this.#lanes.durable.busy && !this.#spanning;
  }

  /** Resolves when what was called before is written, by writing nothing. */
  #nothing(durability: Durability): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#fault !== undefined) reject(this.#fault);
      else this.#lanes[durability].push({ order: this.#order, step: [], own: true, resolve, reject });
    });
  }

  #advance(): void {
    while (this.#behind.length > 0 && !this.#spanning) {
      const [next] = this.#behind;
      if (next === undefined || (next.then !== undefined && !this.#isIdle())) return;
      this.#behind.shift();
      if (next.then === undefined) this.#lanes[next.durability].push(next);
      else this.#span(next, next.then);
    }
    if (!this.#isIdle()) return;
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const resolve of waiters) resolve();
  }

  #span(pending: Behind, then: Step): void {
    this.#spanning = true;
    this.#writeBoth(pending, then)
      .then(
        () => pending.resolve(),
        (error: unknown) => {
          const fault =
            error instanceof StoreError ? error : failedError(this.#environments[pending.durability].folder, error);
          pending.reject(fault);
          if (fault.fault === 'full') this.#refuseAfter(pending.order, fault);
          else this.#break(fault);
        },
      )
      .finally(() => {
        this.#spanning = false;
        this.#advance();
      });
  }

  async #writeBoth(pending: Behind, then: Step): Promise<void> {
    const first = this.#environments[pending.durability];
    const second = this.#environments[pending.durability === 'boot' ? 'durable' : 'boot'];
    // Room for both before either: after the first there is no way back.
    first.makeRoom([pending.step]);
    second.makeRoom([then]);
    await first.write([pending.step]);
    try {
      await second.write([then]);
    } catch (error) {
      throw failedError(second.folder, error);
    }
  }

  #refuseAfter(order: number, error: StoreError): void {
    this.#hadRoom = false;
    this.#lanes.boot.refuseAfter(order, error);
    this.#lanes.durable.refuseAfter(order, error);
    const behind = this.#behind;
    this.#behind = behind.filter((pending) => pending.own || pending.order < order);
    for (const pending of behind) if (!pending.own && pending.order > order) pending.reject(error);
  }

  #break(error: StoreError): void {
    this.#fault ??= error;
    this.#lanes.boot.rejectAll(error);
    this.#lanes.durable.rejectAll(error);
    const behind = this.#behind;
    this.#behind = [];
    for (const pending of behind) pending.reject(error);
  }
}
