import { actorOf } from '../rpc/actor.js';
import type { Peer } from '../rpc/context.js';
import { Refusal } from '../rpc/refusal.js';
import type { EventActor, EventSink, TenureEvent } from '../telemetry/events.js';

type Metadata = TenureEvent['metadata'];

export interface Announcement {
  /** Such as `secret.leased`, also where it was not done. */
  readonly action: string;
  /** What is usual and frequent is `debug`: it goes to the audit log, but not to an operator's screen. */
  readonly level: 'debug' | 'info';
  readonly metadata: Metadata;
}

/** Most characters of a text: it is told of before anybody has checked it, and the command for events takes arguments. */
const MAX_TEXT = 1_024;

/** Does something and tells of it, whether it went well or not. `more` adds what only the outcome shows. */
export async function announced<T>(
  events: EventSink,
  peer: Peer,
  { action, level, metadata: given }: Announcement,
  work: () => T | Promise<T>,
  more: (value: T) => Metadata = () => ({}),
): Promise<T> {
  const actor = actorOf(peer);
  const metadata = shortened(given);
  try {
    const value = await work();
    events.emit({ action, level, success: true, actor, metadata: { ...metadata, ...more(value) } });
    return value;
  } catch (error) {
    tellRefusal(events, action, actor, metadata, error);
    throw error;
  }
}

/** Checks something, and tells of a refusal alone: for work that tells of itself once it has begun. */
export function refusalAnnounced<T>(
  events: EventSink,
  peer: Peer,
  { action, metadata }: Omit<Announcement, 'level'>,
  check: () => T,
): T {
  try {
    return check();
  } catch (error) {
    tellRefusal(events, action, actorOf(peer), shortened(metadata), error);
    throw error;
  }
}

function tellRefusal(events: EventSink, action: string, actor: EventActor, metadata: Metadata, error: unknown): void {
  const reason = error instanceof Refusal ? error.reason : 'INTERNAL';
  events.emit({ action, level: 'warn', success: false, actor, metadata: { ...metadata, reason } });
}

function shortened(metadata: Metadata): Metadata {
  const entries = Object.entries(metadata).map(([name, value]) => [
    name,
    typeof value === 'string' && value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT - 1)}…` : value,
  ]);
  return Object.fromEntries(entries);
}
