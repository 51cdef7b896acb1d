import { actorOf } from '../rpc/actor.js';
import type { Peer } from '../rpc/context.js';
import { Refusal } from '../rpc/refusal.js';
import type { EventSink, TenureEvent } from '../telemetry/events.js';

type Metadata = TenureEvent['metadata'];

export interface Announcement {
  /** Such as `secret.leased`, also where it was not done. */
  readonly action: string;
  /** What is usual and frequent is `debug`: it goes to the audit log, but not to an operator's screen. */
  readonly level: 'debug' | 'info';
  readonly metadata: Metadata;
}

/** Does something and tells of it, whether it went well or not. `more` adds what only the outcome shows. */
export async function announced<T>(
  events: EventSink,
  peer: Peer,
  { action, level, metadata }: Announcement,
  work: () => T | Promise<T>,
  more: (value: T) => Metadata = () => ({}),
): Promise<T> {
  const actor = actorOf(peer);
  try {
    const value = await work();
    events.emit({ action, level, success: true, actor, metadata: { ...metadata, ...more(value) } });
    return value;
  } catch (error) {
    const reason = error instanceof Refusal ? error.reason : 'INTERNAL';
    events.emit({ action, level: 'warn', success: false, actor, metadata: { ...metadata, reason } });
    throw error;
  }
}
