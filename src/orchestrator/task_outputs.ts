import { closeSync, copyFileSync, fstatSync, ftruncateSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { StandardFds } from '@tenure/client/command';

/** Past it, a task's output begins anew; what there was is kept beside it as `.1`. */
const MOST_BYTES = 4 * 1024 * 1024;

/** Where the output of a task's commands goes. */
export interface TaskOutputs {
  /** Runs with the descriptors that a command of the task is to have. */
  use<T>(task: string, work: (fds: StandardFds) => Promise<T>): Promise<T>;
  /** Keeps the output of a command that runs for long within its bound. */
  bound(task: string): void;
}

/** They are those of the orchestrator itself. */
export const OWN_OUTPUTS: TaskOutputs = {
  use: async (_, work) => await work(['ignore', 1, 2]),
  bound: () => undefined,
};

/** A file a task: a command goes on writing there when the orchestrator is gone. */
export function fileOutputs(folder: string): TaskOutputs {
  const pathOf = (task: string) => join(folder, `${task.replaceAll('/', '%2F')}.log`);
  const open = (task: string) => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return openSync(pathOf(task), 'a', 0o600);
  };
  return {
    use: async (task, work) => {
      const fd = open(task);
      try {
        boundFile(fd, pathOf(task));
        return await work(['ignore', fd, fd]);
      } finally {
        closeSync(fd);
      }
    },
    bound: (task) => {
      const fd = open(task);
      boundFile(fd, pathOf(task));
      closeSync(fd);
    },
  };
}

/** Whoever writes appends, and so goes on at the new beginning. */
function boundFile(fd: number, path: string): void {
  if (fstatSync(fd).size < MOST_BYTES) return;
  copyFileSync(path, `${path}.1`);
  ftruncateSync(fd);
}
