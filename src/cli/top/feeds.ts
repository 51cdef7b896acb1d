import type { Client } from '@tenure/client';
import type { LiveState, Now } from './live_state.js';

/** Parts of the view that are not told of at once. */
export type Feed = 'leases' | 'queues' | 'sessions' | 'tasks' | 'status';

export interface FeedsOptions {
  readonly client: Client;
  readonly state: LiveState;
  readonly now: () => Now;
  /** Something changed. */
  readonly onChange: () => void;
  readonly signal: AbortSignal;
}

/** Fills the state from the daemon's streams, over any number of its restarts. */
export class Feeds {
  readonly #options: FeedsOptions;
  readonly #waiting = new Map<Feed, () => void>();
  /** Resolves for each feed when all that there was has come, or when it is known that none will. */
  readonly synced: Readonly<Record<Feed, Promise<void>>>;

  constructor(options: FeedsOptions) {
    this.#options = options;
    const synced = (feed: Feed): Promise<void> => new Promise((resolve) => this.#waiting.set(feed, resolve));
    this.synced = {
      leases: synced('leases'),
      queues: synced('queues'),
      sessions: synced('sessions'),
      tasks: synced('tasks'),
      status: synced('status'),
    };
  }

  /** Rejects when the leases or the status can't be watched at all; resolves when the signal fires. */
  async run(): Promise<void> {
    await Promise.all([
      this.#leases(),
      this.#status(),
      // A daemon of an earlier version has not all of these.
      this.#leave('queues', () => this.#queues()),
      this.#leave('sessions', () => this.#sessions()),
      this.#leave('tasks', () => this.#tasks()),
    ]);
  }

  async #leases(): Promise<void> {
    const { client, state, now, signal } = this.#options;
    const onSnapshot = (): void => state.forgetLeases();
    for await (const event of client.watchLeases({ signal, onSnapshot })) {
      state.tellLease(event, now());
      this.#told('leases', event.lease === undefined);
    }
  }

  async #queues(): Promise<void> {
    const { client, state, signal } = this.#options;
    const onSnapshot = (): void => {
      state.forgetQueues();
      this.#told('queues', true);
    };
    for await (const queue of client.watchQueues({ signal, onSnapshot })) {
      state.tellQueue(queue);
      this.#told('queues', false);
    }
  }

  async #sessions(): Promise<void> {
    const { client, state, now, signal } = this.#options;
    const onSnapshot = (): void => state.forgetSessions();
    for await (const event of client.watchSessions({ signal, onSnapshot })) {
      state.tellSession(event, now());
      this.#told('sessions', event.session === undefined);
    }
  }

  async #tasks(): Promise<void> {
    const { client, state, signal } = this.#options;
    const onSnapshot = (): void => state.forgetTasks();
    for await (const event of client.watchTasks({ signal, onSnapshot })) {
      state.tellTask(event);
      this.#told('tasks', event.task === undefined);
    }
  }

  async #status(): Promise<void> {
    const { client, state, now, signal, onChange } = this.#options;
    const onBreak = (): void => {
      state.tellBreak(now());
      onChange();
    };
    for await (const status of client.watchStatus({ signal, onBreak })) {
      state.tellStatus(status, now());
      this.#told('status', true);
    }
  }

  async #leave(feed: Feed, run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch {
      // What it would have told is left out.
      this.#waiting.get(feed)?.();
    }
  }

  #told(feed: Feed, whole: boolean): void {
    if (whole) this.#waiting.get(feed)?.();
    this.#options.onChange();
  }
}
