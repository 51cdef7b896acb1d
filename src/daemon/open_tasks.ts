import { join } from 'node:path';
import type { WarningRegistry } from '../health/warning_registry.js';
import type { Clock } from '../os/clock.js';
import { messageOf } from '../os/errno.js';
import type { ProcessWatch } from '../os/process_watch.js';
import { createTasks, type Tasks } from '../task/create_tasks.js';
import { starvationWords } from '../task/starvation_words_rules.js';
import type { EventSink } from '../telemetry/events.js';
import type { Config } from './config/config.js';

const STARVED = 'task-starved';
const NOT_WRITTEN = 'tasks-not-written';

export interface TasksPlace {
  readonly stateDir: string;
  readonly bootId: string;
  readonly config: () => Config;
  readonly clock: Clock;
  readonly processWatch: ProcessWatch;
  readonly warnings: WarningRegistry;
  readonly events: EventSink;
}

/** Opens what is known of tasks; that it can't be written, and that a task starves, are warnings. */
export function openTasks({ stateDir, config, warnings, ...parts }: TasksPlace): Tasks {
  const folder = join(stateDir, 'tasks');
  return createTasks({
    ...parts,
    folder,
    settings: () => config().tasks,
    onStarving: (starving) => {
      if (starving.size === 0) warnings.clear(STARVED);
      else warnings.raise(STARVED, starvationWords(starving));
    },
    onJournal: (fault) => {
      if (fault === undefined) warnings.clear(NOT_WRITTEN);
      else {
        warnings.raise(NOT_WRITTEN, {
          message: `the history of tasks cannot be written: ${messageOf(fault)}`,
          remedy: `make room on the file system of ${folder}; it is written anew then, from memory`,
        });
      }
    },
  });
}
