/** Something that an operator should know, and what to do about it. */
export interface WarningText {
  readonly message: string;
  readonly remedy: string;
}

export interface ActiveWarning extends WarningText {
  /** A stable name, such as `store-low-room`. */
  readonly code: string;
  readonly sinceWallMs: number;
}

/** The warnings that hold now, one a code. */
export class WarningRegistry {
  readonly #wallMs: () => number;
  readonly #active = new Map<string, ActiveWarning>();
  readonly #listeners = new Set<() => void>();

  constructor(wallMs: () => number) {
    this.#wallMs = wallMs;
  }

  /** Raises a warning; one that stands keeps its time and takes the new words. Answers whether it is new. */
  raise(code: string, text: WarningText): boolean {
    const before = this.#active.get(code);
    if (before !== undefined && before.message === text.message && before.remedy === text.remedy) return false;
    this.#active.set(code, { ...text, code, sinceWallMs: before?.sinceWallMs ?? this.#wallMs() });
    this.#tell();
    return before === undefined;
  }

  /** Takes a warning back; answers whether it stood. */
  clear(code: string): boolean {
    if (!this.#active.delete(code)) return false;
    this.#tell();
    return true;
  }

  /** The oldest first. */
  list(): readonly ActiveWarning[] {
    return [...this.#active.values()];
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
