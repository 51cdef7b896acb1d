/** What has been opened, so that it is closed in the opposite order, all of it, whatever fails on the way. */
export class Closers {
  readonly #onFault: (name: string, error: unknown) => void;
  readonly #open: { readonly name: string; readonly close: () => void | Promise<void> }[] = [];

  constructor(onFault: (name: string, error: unknown) => void) {
    this.#onFault = onFault;
  }

  add(name: string, close: () => void | Promise<void>): void {
    this.#open.push({ name, close });
  }

  async closeAll(): Promise<void> {
    for (let last = this.#open.pop(); last !== undefined; last = this.#open.pop()) {
      try {
        await last.close();
      } catch (error) {
        this.#onFault(last.name, error);
      }
    }
  }
}
