interface Entry {
  readonly key: string;
  readonly atMs: number;
}

/** Entries of deleted keys that are not worth a rebuild. */
const SPARE_ENTRIES = 1_000;

/**
 * Keys by their deadline, earliest first. Moving a deadline later costs
 * nothing until it would have been due: renewals, which are most of the
 * traffic, never touch the heap.
 */
export class DeadlineHeap {
  readonly #heap: Entry[] = [];
  readonly #deadlines = new Map<string, number>();

  get size(): number {
    return this.#deadlines.size;
  }

  /** Entries kept, those of deleted keys too. */
  get entries(): number {
    return this.#heap.length;
  }

  get(key: string): number | undefined {
    return this.#deadlines.get(key);
  }

  set(key: string, atMs: number): void {
    const before = this.#deadlines.get(key);
    this.#deadlines.set(key, atMs);
    if (before === undefined || atMs < before) this.#push({ key, atMs });
  }

  delete(key: string): void {
    this.#deadlines.delete(key);
    if (this.#heap.length > 2 * this.#deadlines.size + SPARE_ENTRIES) this.#rebuild();
  }

  /** The earliest deadline, or undefined. */
  next(): number | undefined {
    this.#settle();
    return this.#heap[0]?.atMs;
  }

  /** Takes out one key whose deadline is at or before `nowMs`. */
  popDue(nowMs: number): string | undefined {
    this.#settle();
    const top = this.#heap[0];
    if (top === undefined || top.atMs > nowMs) return undefined;
    this.#pop();
    this.#deadlines.delete(top.key);
    return top.key;
  }

  /** Entries of deleted keys leave when they reach the top; behind an early deadline that may take a day. */
  #rebuild(): void {
    this.#heap.length = 0;
    for (const [key, atMs] of this.#deadlines) this.#push({ key, atMs });
  }

  /** Makes the top entry a true one: drops deleted keys, moves postponed ones to their place. */
  #settle(): void {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      const deadline = this.#deadlines.get(top.key);
      if (deadline === top.atMs) return;
      this.#pop();
      if (deadline !== undefined && deadline > top.atMs) this.#push({ key: top.key, atMs: deadline });
    }
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (parent === undefined || parent.atMs <= entry.atMs) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const leftEntry = heap[left];
      if (leftEntry === undefined) break;
      const rightEntry = heap[left + 1];
      const goRight = rightEntry !== undefined && rightEntry.atMs < leftEntry.atMs;
      const child = goRight ? rightEntry : leftEntry;
      if (child.atMs >= last.atMs) break;
      heap[index] = child;
      index = goRight ? left + 1 : left;
    }
    heap[index] = last;
  }
}
