import type { Commit, Store } from '../store/port.js';
import type { Instruments } from './instruments.js';

/** The store, with the time of each commit taken. */
export function measuredStore(store: Store, { commitTime }: Instruments): Store {
  const commit = async (step: Commit): Promise<void> => {
    const beganMs = performance.now();
    let ok = false;
    try {
      await store.commit(step);
      ok = true;
    } finally {
      commitTime.record((performance.now() - beganMs) / 1_000, { durability: step.durability, ok });
    }
  };
  return {
    kind: store.kind,
    load: () => store.load(),
    commit,
    reserveRevisions: (upTo) => store.reserveRevisions(upTo),
    compact: (revision) => store.compact(revision),
    room: () => store.room(),
    close: () => store.close(),
  };
}
