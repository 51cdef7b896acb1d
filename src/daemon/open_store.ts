import { openEmbeddedStore } from '../store/embedded.js';
import { type Store, type StoreContents, StoreError } from '../store/port.js';
import { ExitCode, StartFailure } from './start_failure.js';

export interface OpenStore {
  readonly store: Store;
  readonly contents: StoreContents;
}

/** Opens the store of the state folder and reads it; one that can't be read is left as it is. */
export async function openStore(stateDir: string, bootId: string, wallMs: () => number): Promise<OpenStore> {
  try {
    const store = await openEmbeddedStore({ stateDir, bootId, wallClockMicros: () => Math.floor(wallMs() * 1_000) });
    return { store, contents: await store.load() };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new StartFailure(
      error.fault === 'full' ? ExitCode.CANNOT_CREATE : ExitCode.STORE_FAILED,
      `the store in ${stateDir} cannot be opened: ${error.message}`,
      { cause: error },
    );
  }
}
