import { Task, type TaskRun } from '@tenure/client/gen/tenure/task/v1/task';
import { type TaskEvent, TaskEventType } from '@tenure/client/gen/tenure/task/v1/task_service';
import { ChangeFeed } from '../rpc/change_feed.js';

/** Events kept for watchers that come back. */
const KEPT = 4_000;

/** Tasks as they were last told, and what was told of them, in order. */
export class TaskFeed {
  readonly #known = new Map<string, Task>();
  /** The changes, told on. */
  readonly changes: ChangeFeed<TaskEvent>;

  constructor(firstRevision: number) {
    this.changes = new ChangeFeed(firstRevision, KEPT);
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
    this.changes.tell();
  }

  remove(name: string): void {
    const task = this.#known.get(name);
    if (task === undefined) return;
    this.#known.delete(name);
    this.#add({ type: TaskEventType.REMOVED, task, run: undefined });
    this.changes.tell();
  }

  #add(event: Omit<TaskEvent, 'revision'>): void {
    this.changes.add((revision) => ({ ...event, revision }));
  }
}

function isSame(a: Task, b: Task): boolean {
  return Buffer.compare(Task.encode(a).finish(), Task.encode(b).finish()) === 0;
}
