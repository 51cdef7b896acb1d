import { Task, type TaskRun } from '@tenure/client/gen/tenure/task/v1/task';
import { type TaskEvent, TaskEventType } from '@tenure/client/gen/tenure/task/v1/task_service';

/** Events kept for watchers that come back. */
const KEPT = 4_000;

/** What is new to a watcher, or that it has to begin anew. */
export type TaskNews =
  | { readonly kind: 'events'; readonly events: readonly TaskEvent[] }
  | { readonly kind: 'compacted'; readonly revision: number }
  | { readonly kind: 'future' };

/** Tasks as they were last told, and what was told of them, in order. */
export class TaskFeed {
  readonly #known = new Map<string, Task>();
  readonly #events: TaskEvent[] = [];
  readonly #listeners = new Set<() => void>();
  #revision: number;
  /** All up to it has been dropped. */
  #dropped: number;

  /** Revisions of a new run go on above those of the run before: the wall clock in microseconds is their floor. */
  constructor(firstRevision: number) {
    this.#revision = firstRevision;
    this.#dropped = firstRevision;
  }

  get revision(): number {
    return this.#revision;
  }

  get size(): number {
    return this.#known.size;
  }

  /** By name. */
  known(): readonly Task[] {
    return [...this.#known.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** A task as it is now, and the run of it that has changed. */
  tell(task: Task, run: TaskRun | undefined): void {
    const before = this.#known.get(task.name);
    if (before !== undefined && run === undefined && isSame(before, task)) return;
    const type =
      before === undefined
        ? TaskEventType.ADDED
        : run === undefined
          ? TaskEventType.CHANGED
          : TaskEventType.RUN_CHANGED;
    this.#known.set(task.name, task);
    this.#add({ type, task, run });
    // Whoever knows the task by its first event knows of the run by one of its own.
    if (type === TaskEventType.ADDED && run !== undefined) this.#add({ type: TaskEventType.RUN_CHANGED, task, run });
    for (const listener of [...this.#listeners]) listener();
  }

  remove(name: string): void {
    const task = this.#known.get(name);
    if (task === undefined) return;
    this.#known.delete(name);
    this.#add({ type: TaskEventType.REMOVED, task, run: undefined });
    for (const listener of [...this.#listeners]) listener();
  }

  after(revision: number): TaskNews {
    if (revision > this.#revision) return { kind: 'future' };
    if (revision < this.#dropped) return { kind: 'compacted', revision: this.#dropped };
    return { kind: 'events', events: this.#events.slice(revision - this.#dropped) };
  }

  /** Resolves once there is more than this revision, or the signal fires. */
  async news(seen: number, closed: AbortSignal): Promise<void> {
    if (this.#revision > seen || closed.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        this.#listeners.delete(wake);
        closed.removeEventListener('abort', wake);
        resolve();
      };
      this.#listeners.add(wake);
      closed.addEventListener('abort', wake);
    });
  }

  #add(event: Omit<TaskEvent, 'revision'>): void {
    this.#revision += 1;
    this.#events.push({ ...event, revision: BigInt(this.#revision) });
    if (this.#events.length <= KEPT) return;
    this.#events.shift();
    this.#dropped += 1;
  }
}

function isSame(a: Task, b: Task): boolean {
  return Buffer.compare(Task.encode(a).finish(), Task.encode(b).finish()) === 0;
}
