import { AttachRole, type Lease, type LeaseEvent, LeaseEventType, LeaseLiveness, LeaseState } from '@tenure/client';
import { textOf } from '../../../src/cli/top/frame_rules.js';
import type { Key } from '../../../src/cli/top/key_rules.js';
import { LiveState, type Now } from '../../../src/cli/top/live_state.js';
import { listsOf, picture } from '../../../src/cli/top/picture.js';
import { FIRST_VIEW, type ViewState } from '../../../src/cli/top/view_state.js';
import { leaseOf } from '../../lease/lease_world.js';

export const START_MS = 1_777_629_600_000;

export function at(seconds: number): Now {
  return { wallMs: START_MS + seconds * 1_000, steadyMs: 50_000 + seconds * 1_000 };
}

export function seconds(count: number): { seconds: bigint; nanos: number } {
  return { seconds: BigInt(count), nanos: 0 };
}

/** A lease that a command holds since the start. */
export function held(leaseId: string, resource: string, fields: Partial<Lease> = {}): Lease {
  const attached = [{ pid: 812, startTicks: 7n, role: AttachRole.COMMAND, command: 'sync.sh' }];
  const acquireTime = { seconds: BigInt(START_MS / 1_000), nanos: 0 };
  return leaseOf({ leaseId, resource, clientId: 'ci', attached, acquireTime, ...fields });
}

export function acquired(lease: Lease): LeaseEvent {
  return { type: LeaseEventType.ACQUIRED, revision: lease.revision, lease, eventTime: undefined, replacedBy: '' };
}

export function ended(lease: Lease): LeaseEvent {
  const gone = { ...lease, state: LeaseState.ENDED };
  return {
    type: LeaseEventType.RELEASED,
    revision: lease.revision + 1n,
    lease: gone,
    eventTime: undefined,
    replacedBy: '',
  };
}

/** A lease of time alone. */
export function ttlLease(leaseId: string, resource: string, left: number): Lease {
  return held(leaseId, resource, {
    liveness: LeaseLiveness.TTL,
    attached: [],
    remainingTtl: seconds(left),
    ttl: seconds(left),
  });
}

export function stateWith(...leases: readonly Lease[]): LiveState {
  const state = new LiveState();
  for (const lease of leases) state.tellLease(acquired(lease), at(0));
  return state;
}

/** The text on the screen. */
export function screen(
  state: LiveState,
  now: Now,
  size = { columns: 80, rows: 24 },
  view: ViewState = FIRST_VIEW,
): string[] {
  return picture(state, view, listsOf(state, view, now, '/home/me'), size, now, [{ text: 'footer' }]).map(textOf);
}

export function key(name: string, text = name.length === 1 ? name : ''): Key {
  return { name, ctrl: false, text };
}
