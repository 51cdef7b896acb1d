import type { Trigger } from '@tenure/client';
import { pause, systemClock } from '../clock.js';
import type { TaskSpec } from '../config/task_spec.js';
import type { Tell } from '../news/news.js';
import { messageOf } from '../runs/run_end.js';
import { type DaemonLink, isAway } from './daemon_link.js';
import { declarationOf } from './declaration.js';

/** Pause before a daemon that can't be reached is tried again, in milliseconds. */
const RETRY_MS = 1_000;

export interface ListenerOptions {
  readonly link: DaemonLink;
  readonly orchestratorId: string;
  readonly description: string;
  readonly tell: Tell;
  readonly specs: () => Iterable<TaskSpec>;
  readonly dueOf: (task: string) => number | undefined;
  readonly onTrigger: (trigger: Trigger) => void;
}

/** Declares the tasks to the daemon and hears of triggers, over any number of its restarts. */
export class TriggerListener {
  readonly #options: ListenerOptions;
  readonly #stopping = new AbortController();
  #listening: Promise<void> | undefined;

  constructor(options: ListenerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#listening ??= this.#listen();
  }

  /** The tasks have changed. A daemon that is away hears of it when it is back. */
  async declare(): Promise<void> {
    const { link, orchestratorId, tell } = this.#options;
    try {
      const client = await link.client();
      await client.tasks.declareTasks({ orchestratorId, tasks: this.#declarations() });
    } catch (error) {
      tell({ kind: 'notice', level: 'warn', text: `the tasks were not declared: ${messageOf(error)}` });
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#listening;
  }

  async #listen(): Promise<void> {
    const { signal } = this.#stopping;
    const { link, orchestratorId, description, tell, onTrigger } = this.#options;
    while (!signal.aborted) {
      try {
        const client = await link.client();
        const triggers = client.watchTriggers({
          orchestratorId,
          description,
          tasks: () => this.#declarations(),
          onConnected: () => tell({ kind: 'notice', level: 'info', text: 'connected to the daemon' }),
          signal,
        });
        for await (const trigger of triggers) onTrigger(trigger);
      } catch (error) {
        if (signal.aborted) return;
        const what = isAway(error) ? 'no daemon' : 'the daemon does not take the tasks';
        tell({ kind: 'notice', level: 'warn', text: `${what}: ${messageOf(error)}` });
      }
      await pause(systemClock, RETRY_MS, signal);
    }
  }

  #declarations() {
    const { specs, dueOf } = this.#options;
    return [...specs()].map((spec) => declarationOf(spec, dueOf(spec.name)));
  }
}
