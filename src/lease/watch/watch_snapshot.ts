import type { Lease } from '@tenure/client/gen/tenure/lease/v1/lease';
import { LeaseEventType } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import type { BatchLimits } from './event_batches.js';
import { frameOf } from './history_event.js';
import type { WatchFilter } from './watch_filter.js';

/** All live leases as of one revision. */
export interface LeaseSnapshot {
  readonly revision: number;
  /** Read bit by bit while the daemon works on: must keep showing the leases of `revision`. */
  readonly leases: Iterable<Lease>;
}

/**
 * The messages that a watch begins with: the leases in batches, the last with
 * the `synced` mark. Undefined stands for a pause, so that a filter that lets
 * little through does not keep the daemon from its other work.
 */
export function* snapshotMessages(
  snapshot: LeaseSnapshot,
  filter: WatchFilter,
  limits: BatchLimits,
): Generator<Buffer | undefined, void, undefined> {
  const revision = BigInt(snapshot.revision);
  let frames: Buffer[] = [];
  let bytes = 0;
  let seen = 0;
  for (const lease of snapshot.leases) {
    if (filter.selects(lease)) {
      const frame = frameOf({
        type: LeaseEventType.SNAPSHOT,
        revision,
        lease,
        eventTime: undefined,
        replacedBy: '',
      });
      frames.push(frame);
      bytes += frame.length;
    }
    seen += 1;
    if (seen >= limits.maxEvents || bytes >= limits.maxBytes) {
      yield frames.length > 0 ? Buffer.concat(frames, bytes) : undefined;
      frames = [];
      bytes = 0;
      seen = 0;
    }
  }
  yield Buffer.concat([...frames, markFrame(LeaseEventType.SYNCED, snapshot.revision)]);
}

/** A mark that says: all up to this revision has been sent. */
export function markFrame(
  type: typeof LeaseEventType.SYNCED | typeof LeaseEventType.BOOKMARK,
  revision: number,
): Buffer {
  return frameOf({ type, revision: BigInt(revision), lease: undefined, eventTime: undefined, replacedBy: '' });
}
