import type { WarningRegistry } from '../health/warning_registry.js';
import { messageOf } from '../os/errno.js';
import type { Store } from '../store/port.js';
import type { StateLock } from './state_folder.js';

const CHECK_MS = 1_000;
/** A store that may grow this little more should be made room for soon. */
const LOW_BYTES = 64 * 1024 * 1024;

export interface StateWatchOptions {
  readonly store: Pick<Store, 'room'>;
  readonly lock: Pick<StateLock, 'isInPlace'>;
  readonly stateDir: string;
  readonly warnings: WarningRegistry;
  /** The state folder is no longer this daemon's: it must stop before another one grants the same leases. Called once. */
  readonly onLost: (message: string) => void;
  readonly checkMs?: number;
}

/** Sees to it that the state folder stays, and warns while it has little room. */
export class StateWatch {
  readonly #options: StateWatchOptions;
  readonly #timer: NodeJS.Timeout;

  constructor(options: StateWatchOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#check(), options.checkMs ?? CHECK_MS);
    this.#check();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #check(): void {
    const { lock, stateDir } = this.#options;
    try {
      if (lock.isInPlace()) this.#checkRoom();
      else this.#lose(`the lock of the state folder ${stateDir} was deleted or replaced`);
    } catch (error) {
      this.#lose(`the state folder ${stateDir} cannot be looked at: ${messageOf(error)}`);
    }
  }

  #lose(message: string): void {
    this.close();
    this.#options.onLost(message);
  }

  #checkRoom(): void {
    const { store, stateDir, warnings } = this.#options;
    const { freeBytes, writable } = store.room();
    const remedy = `make room on the file system of ${stateDir}`;
    if (writable) warnings.clear('store-full');
    else warnings.raise('store-full', { message: 'the disk is full: no new leases are taken', remedy });
    if (writable && freeBytes < LOW_BYTES) {
      const megabytes = Math.floor(freeBytes / (1024 * 1024));
      warnings.raise('store-low-room', { message: `only ${megabytes} MiB are left on the disk`, remedy });
    } else {
      warnings.clear('store-low-room');
    }
  }
}
