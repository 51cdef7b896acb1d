import { Refusal } from '../../rpc/refusal.js';

/** Revisions reserved at once: a restart skips at most so many. */
const BLOCK = 1_000_000;

/** Reserves durably; src/store has the real one. */
export interface RevisionReserve {
  reserveRevisions(upTo: number): Promise<void>;
}

/**
 * Gives out revisions, each greater than all before it in this run and in any
 * earlier one: only numbers that the store has durably set aside leave here.
 */
export class RevisionCounter {
  readonly #reserve: RevisionReserve;
  readonly #onFault: (error: unknown) => void;
  #current: number;
  #reserved: number;
  #reserving = false;

  private constructor(reserve: RevisionReserve, floor: number, reserved: number, onFault: (error: unknown) => void) {
    this.#reserve = reserve;
    this.#current = floor;
    this.#reserved = reserved;
    this.#onFault = onFault;
  }

  static async open(
    reserve: RevisionReserve,
    floor: number,
    onFault: (error: unknown) => void,
  ): Promise<RevisionCounter> {
    await reserve.reserveRevisions(floor + BLOCK);
    return new RevisionCounter(reserve, floor, floor + BLOCK, onFault);
  }

  get current(): number {
    return this.#current;
  }

  next(): number {
    if (this.#current + 1 > this.#reserved) {
      throw new Refusal(
        'STORE_FULL',
        'the store can set no further revisions aside; make room on its disk and try again',
      );
    }
    this.#current += 1;
    if (this.#reserved - this.#current < BLOCK / 2) this.#extend();
    return this.#current;
  }

  #extend(): void {
    if (this.#reserving) return;
    this.#reserving = true;
    const upTo = this.#reserved + BLOCK;
    this.#reserve.reserveRevisions(upTo).then(
      () => {
        this.#reserving = false;
        this.#reserved = upTo;
      },
      (error: unknown) => {
        this.#reserving = false;
        this.#onFault(error);
      },
    );
  }
}
