import {
  type SessionEvent,
  SessionEventType,
  type WatchSessionsRequest,
  type WatchSessionsResponse,
} from '@tenure/client/gen/tenure/session/v1/session_service';
import { Refusal } from '../../rpc/refusal.js';
import type { OutStream } from '../../rpc/streams.js';
import type { SessionFeed } from './session_feed.js';
import { selects } from './session_filter_rules.js';

/** How often the adapters are asked while somebody watches. */
const LOOK_MS = 2_000;
const MAX_WATCHES = 256;

export interface WatchingParts {
  readonly feed: SessionFeed;
  /** Asks everybody and brings the feed up to date. */
  readonly look: () => Promise<void>;
  readonly onFault: (error: unknown) => void;
}

/** Serves watches. Adapters can't tell of changes by themselves: they are asked for as long as somebody watches. */
export class Watching {
  readonly #parts: WatchingParts;
  #watches = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(parts: WatchingParts) {
    this.#parts = parts;
  }

  async serve(request: WatchSessionsRequest, out: OutStream<WatchSessionsResponse>): Promise<void> {
    if (this.#watches >= MAX_WATCHES) {
      throw new Refusal('TOO_MANY', `${MAX_WATCHES} watches are open, which is the limit; end some and try again`);
    }
    this.#watches += 1;
    try {
      await this.#parts.look();
      this.#lookLater();
      await this.#stream(request, out);
    } finally {
      this.#watches -= 1;
    }
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #stream({ filter, afterRevision }: WatchSessionsRequest, out: OutStream<WatchSessionsResponse>): Promise<void> {
    const { feed } = this.#parts;
    const shown = new Set<string>();
    let seen = feed.changes.revision;
    if (afterRevision === undefined) {
      const snapshot = feed.known().filter((session) => selects(filter, session));
      for (const { sessionId } of snapshot) shown.add(sessionId);
      const revision = BigInt(seen);
      const events = snapshot.map(
        (session): SessionEvent => ({
          type: SessionEventType.SNAPSHOT,
          revision,
          session,
        }),
      );
      if (!out.write({ events: [...events, synced(seen)] })) await out.drained();
    } else {
      seen = Number(afterRevision);
      for (const sessionId of knownAt(feed, seen)) shown.add(sessionId);
    }
    let told = afterRevision === undefined;
    while (!out.closed.aborted) {
      const events = feed.changes.after(seen).flatMap((event) => forWatcher(event, filter, shown));
      seen = feed.changes.revision;
      if (!told) events.push(synced(seen));
      told = true;
      if (events.length > 0 && !out.write({ events })) await out.drained();
      await feed.changes.news(seen, out.closed);
    }
  }

  #lookLater(): void {
    if (this.#timer !== undefined || this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#watches === 0 || this.#closed) return;
      this.#parts
        .look()
        .catch((error: unknown) => this.#parts.onFault(error))
        .finally(() => this.#lookLater());
    }, LOOK_MS);
  }
}

function synced(revision: number): SessionEvent {
  return { type: SessionEventType.SYNCED, revision: BigInt(revision), session: undefined };
}

/**
 * The sessions that there were at a revision, also those that have gone since.
 * Which of them a filter selected then is not known: one that left it may be
 * told of once too often.
 */
function knownAt(feed: SessionFeed, revision: number): ReadonlySet<string> {
  const known = new Set(feed.known().map(({ sessionId }) => sessionId));
  for (const { type, session } of feed.changes.after(revision).toReversed()) {
    if (session === undefined) continue;
    if (type === SessionEventType.ADDED) known.delete(session.sessionId);
    else known.add(session.sessionId);
  }
  return known;
}

/** An event as one watch gets it: what leaves its filter is removed for it. */
function forWatcher(
  event: SessionEvent,
  filter: WatchSessionsRequest['filter'],
  shown: Set<string>,
): readonly SessionEvent[] {
  const { session } = event;
  if (session === undefined) return [];
  const wanted = event.type !== SessionEventType.REMOVED && selects(filter, session);
  if (wanted) {
    shown.add(session.sessionId);
    return [event];
  }
  if (!shown.delete(session.sessionId)) return [];
  return [{ ...event, type: SessionEventType.REMOVED }];
}
