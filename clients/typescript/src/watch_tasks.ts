import type { Connection } from './connection.js';
import { type TaskEvent, TaskEventType } from './gen/tenure/task/v1/task_service.js';
import { watchRevisions } from './revision_watch.js';
import type { WatchTasksOptions } from './tasks.js';

/** See `Client.watchTasks`. */
export function watchTasks(
  connection: Connection,
  { tasks: wanted = [], afterRevision, signal, onSnapshot, onBreak }: WatchTasksOptions,
): AsyncGenerator<TaskEvent, void, undefined> {
  return watchRevisions<TaskEvent>({
    connection,
    open: ({ tasks }, after, metadata) => tasks.watchTasks({ tasks: [...wanted], afterRevision: after }, metadata),
    markOf,
    afterRevision,
    signal,
    onSnapshot,
    onBreak,
  });
}

function markOf({ type, task }: TaskEvent): 'synced' | 'bookmark' | undefined {
  if (type === TaskEventType.SYNCED) {
    return 'synced';
  }
  return task === undefined ? 'bookmark' : undefined;
}
