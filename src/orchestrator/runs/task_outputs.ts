import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import type { StandardFds } from '@tenure/client/command';

/** Past it, a task's output begins anew; the last that there was, up to so much, is kept beside it as `.1`. */
const MOST_BYTES = 4 * 1024 * 1024;
/** Of TaskRun.output_path. */
const MAX_PATH_BYTES = 4_096;

/** Where the output of a task's commands goes. */
export interface TaskOutputs {
  /** Runs with the descriptors that a command of the task is to have. */
  use<T>(task: string, work: (fds: StandardFds) => Promise<T>): Promise<T>;
  /** The file that a task's output goes to. Absent: there are no such files. */
  pathOf?(task: string): string;
  /** Keeps all output within its bound, also that of commands which run for long: asked for every so often. */
  bound(): void;
}

/** They are those of the orchestrator itself. */
export const OWN_OUTPUTS: TaskOutputs = {
  use: async (_, work) => await work(['ignore', 1, 2]),
  bound: () => undefined,
};

/** The file that a task's output is in; undefined: there is none, or nothing in it yet, or it can't be looked at. */
export function printedPath(outputs: TaskOutputs, task: string): string | undefined {
  const path = recordedPath(outputs, task);
  try {
    return path !== undefined && statSync(path).size > 0 ? path : undefined;
  } catch {
    // A hint is all that is lost: the end of the run must be told in any case.
    return undefined;
  }
}

/** The file that a task's output goes to; undefined: there is none, or its path is none that the daemon keeps. */
export function recordedPath(outputs: TaskOutputs, task: string): string | undefined {
  const path = outputs.pathOf?.(task);
  if (path === undefined || Buffer.byteLength(path) > MAX_PATH_BYTES || /\p{Cc}/u.test(path)) return undefined;
  return path;
}

/** A file a task: a command goes on writing there when the orchestrator is gone. */
export function fileOutputs(folder: string): TaskOutputs {
  const pathOf = (task: string) => resolve(folder, `${task.replaceAll('/', '%2F')}.log`);
  return {
    pathOf,
    use: async (task, work) => {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const fd = openSync(pathOf(task), 'a+', 0o600);
      try {
        boundFile(fd, pathOf(task));
        return await work(['ignore', fd, fd]);
      } finally {
        closeSync(fd);
      }
    },
    bound: () => {
      const names = existsSync(folder) ? readdirSync(folder) : [];
      for (const path of names.filter((name) => name.endsWith('.log')).map((name) => join(folder, name))) {
        const fd = openSync(path, 'a+');
        try {
          boundFile(fd, path);
        } finally {
          closeSync(fd);
        }
      }
    },
  };
}

/** Whoever writes appends, and so goes on at the new beginning. */
function boundFile(fd: number, path: string): void {
  const { size } = fstatSync(fd);
  if (size < MOST_BYTES) return;
  const last = Buffer.alloc(MOST_BYTES);
  const length = readSync(fd, last, 0, MOST_BYTES, size - MOST_BYTES);
  writeFileSync(`${path}.1`, last.subarray(0, length), { mode: 0o600 });
  ftruncateSync(fd);
}
