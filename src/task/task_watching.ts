import {
  type TaskEvent,
  TaskEventType,
  type WatchTasksRequest,
  type WatchTasksResponse,
} from '@tenure/client/gen/tenure/task/v1/task_service';
import { Refusal } from '../rpc/refusal.js';
import type { OutStream } from '../rpc/streams.js';
import type { TaskFeed } from './task_feed.js';

const MAX_WATCHES = 1_000;
/** Events of one message. */
const BATCH = 100;

/** Serves watches of tasks. A slow reader gets what the feed has by then, or is told that it no longer has it. */
export class TaskWatching {
  readonly #feed: TaskFeed;
  #watches = 0;

  constructor(feed: TaskFeed) {
    this.#feed = feed;
  }

  async serve({ tasks, afterRevision }: WatchTasksRequest, out: OutStream<WatchTasksResponse>): Promise<void> {
    if (this.#watches >= MAX_WATCHES) {
      throw new Refusal('TOO_MANY', `${MAX_WATCHES} watches are open, which is the limit; end some and try again`);
    }
    const wanted = new Set(tasks);
    const selects = ({ task }: TaskEvent): boolean => wanted.size === 0 || wanted.has(task?.name ?? '');
    this.#watches += 1;
    try {
      let seen = await this.#begin(afterRevision, selects, out);
      while (!out.closed.aborted) {
        await this.#feed.changes.news(seen, out.closed);
        const events = this.#feed.changes.after(seen);
        seen = this.#feed.changes.revision;
        await send(events.filter(selects), out);
      }
    } finally {
      this.#watches -= 1;
    }
  }

  /** Answers the revision up to which all has been sent. */
  async #begin(
    afterRevision: bigint | undefined,
    selects: (event: TaskEvent) => boolean,
    out: OutStream<WatchTasksResponse>,
  ): Promise<number> {
    const seen = this.#feed.changes.revision;
    const revision = BigInt(seen);
    const opening =
      afterRevision === undefined
        ? this.#feed.known().map((task) => ({ type: TaskEventType.SNAPSHOT, revision, task, run: undefined }))
        : this.#feed.changes.after(Number(afterRevision));
    const synced = { type: TaskEventType.SYNCED, revision, task: undefined, run: undefined };
    await send([...opening.filter(selects), synced], out);
    return seen;
  }
}

async function send(events: readonly TaskEvent[], out: OutStream<WatchTasksResponse>): Promise<void> {
  for (let begin = 0; begin < events.length; begin += BATCH) {
    if (!out.write({ events: events.slice(begin, begin + BATCH) })) await out.drained();
  }
}
