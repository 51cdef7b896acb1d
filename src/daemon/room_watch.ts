import type { WarningRegistry } from '../health/warning_registry.js';
import type { Store } from '../store/port.js';

const CHECK_MS = 5_000;
/** A store that may grow this little more should be made room for soon. */
const LOW_BYTES = 64 * 1024 * 1024;

/** Warns while the store has little room, or none. */
export class RoomWatch {
  readonly #store: Pick<Store, 'room'>;
  readonly #stateDir: string;
  readonly #warnings: WarningRegistry;
  readonly #timer: NodeJS.Timeout;

  constructor(store: Pick<Store, 'room'>, stateDir: string, warnings: WarningRegistry) {
    this.#store = store;
    this.#stateDir = stateDir;
    this.#warnings = warnings;
    this.#timer = setInterval(() => this.check(), CHECK_MS);
    this.check();
  }

  check(): void {
    const { freeBytes, writable } = this.#store.room();
    const remedy = `make room on the file system of ${this.#stateDir}`;
    if (!writable) {
      this.#warnings.raise('store-full', { message: 'the disk is full: no new leases are taken', remedy });
    } else {
      this.#warnings.clear('store-full');
    }
    if (writable && freeBytes < LOW_BYTES) {
      const megabytes = Math.floor(freeBytes / (1024 * 1024));
      this.#warnings.raise('store-low-room', { message: `only ${megabytes} MiB are left on the disk`, remedy });
    } else {
      this.#warnings.clear('store-low-room');
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
