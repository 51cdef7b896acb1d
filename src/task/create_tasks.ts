import type { TaskServiceService } from '@tenure/client/gen/tenure/task/v1/task_service';
import type { Clock } from '../os/clock.js';
import type { ProcessWatch } from '../os/process_watch.js';
import type { HandlersFor } from '../rpc/handlers.js';
import type { EventSink } from '../telemetry/events.js';
import type { Deferral } from './deferral_rules.js';
import { journalLine } from './journal_lines.js';
import { Orchestrators } from './orchestrators.js';
import type { HistoryLimits } from './retention_rules.js';
import { RunHistory } from './run_history.js';
import { RunWaits } from './run_waits.js';
import { RunWatch } from './run_watch.js';
import { taskHandlers } from './service.js';
import { Starvation } from './starvation.js';
import { TaskBoard } from './task_board.js';
import { starvedEvent } from './task_events.js';
import { TaskFeed } from './task_feed.js';
import { TaskJournal } from './task_journal.js';
import { TaskWatching } from './task_watching.js';
import { type TriggerConnection, Triggers } from './triggers.js';

const TIDY_MS = 3_600_000;

/** What the configuration says of tasks; may change while the daemon runs. */
export interface TaskSettings {
  readonly history: HistoryLimits;
  readonly starveAfterMs: number;
}

export interface TasksOptions {
  /** `tasks` in the state folder. */
  readonly folder: string;
  readonly settings: () => TaskSettings;
  readonly processWatch: ProcessWatch;
  readonly clock: Pick<Clock, 'wallMs'>;
  readonly bootId: string;
  readonly events: EventSink;
  /** Tasks that starve now; none: the warning goes. */
  readonly onStarving: (starving: ReadonlyMap<string, Deferral>) => void;
  /** History can't be written; undefined: it can again. */
  readonly onJournal: (fault: unknown) => void;
  /** As in RunWatchParts. */
  readonly lastWordMs?: number;
}

/** Numbers for the daemon's status. */
export interface TaskNumbers {
  readonly tasks: number;
  readonly orchestrators: number;
  readonly running: number;
  readonly waiting: number;
  readonly deferred: number;
  readonly starving: number;
}

export interface Tasks {
  readonly handlers: HandlersFor<typeof TaskServiceService>;
  numbers(): TaskNumbers;
  /** After the configuration changed. */
  reconfigured(): void;
  /** Waits for what is on its way to the disk. */
  close(): Promise<void>;
}

/** Puts the room together, and takes up what earlier runs of the daemon left. */
export function createTasks(options: TasksOptions): Tasks {
  const { settings, clock, events, processWatch, bootId } = options;
  const history = new RunHistory();
  const orchestrators = new Orchestrators<TriggerConnection>();
  const waits = new RunWaits((runId) => history.get(runId));
  const journal = new TaskJournal({
    folder: options.folder,
    alive: () => aliveLines(history, orchestrators),
    aliveBytes: () => history.bytes + orchestrators.declaredBytes,
    onFault: (error) => options.onJournal(error),
    onRecovered: () => options.onJournal(undefined),
  });
  const starvation = new Starvation({
    clock,
    starveAfterMs: (task) => orchestrators.definitionsOf(task)[0]?.starveAfterMs ?? settings().starveAfterMs,
    onStarved: (task, deferral) => {
      events.emit(starvedEvent(task, deferral));
      board.changed(task);
    },
    onRelieved: (task) => board.changed(task),
    onChange: options.onStarving,
  });
  const watch = new RunWatch({
    processWatch,
    bootId,
    isConnected: (orchestratorId) => orchestrators.isConnected(orchestratorId),
    onAbandoned: (runId) => board.abandon(runId),
    ...(options.lastWordMs === undefined ? {} : { lastWordMs: options.lastWordMs }),
  });
  const triggers = new Triggers({
    orchestrators,
    runOfTrigger: (triggerId) => history.ofTrigger(triggerId),
    wallMs: clock.wallMs,
    events,
  });
  const feed = new TaskFeed(Math.floor(clock.wallMs() * 1_000));
  const board: TaskBoard = new TaskBoard({
    history,
    orchestrators,
    starvation,
    watch,
    feed,
    append: (line) => journal.append(line),
    limits: () => settings().history,
    wallMs: clock.wallMs,
    events,
    onRecorded: (run) => {
      triggers.recorded(run);
      waits.look();
    },
  });
  const found = journal.load();
  if (found.damaged > 0 || found.unreadable !== undefined) {
    const { damaged, unreadable } = found;
    events.emit({
      action: 'task.history_damaged',
      level: 'warn',
      success: false,
      metadata: unreadable === undefined ? { lines: damaged } : { unreadable },
    });
  }
  board.restore(found.entries);
  if (found.damaged > 0) journal.rewrite();
  const tidying = setInterval(() => board.tidy(), TIDY_MS).unref();
  return {
    handlers: taskHandlers({ board, history, triggers, watching: new TaskWatching(feed), waits, wallMs: clock.wallMs }),
    numbers: () => {
      const open = [...history.open()];
      const waiting = open.filter(({ status }) => status === 'waiting').length;
      return {
        tasks: feed.size,
        orchestrators: orchestrators.connectedCount,
        running: open.length - waiting,
        waiting,
        deferred: starvation.deferredCount,
        starving: starvation.starvingCount,
      };
    },
    reconfigured: () => {
      board.tidy();
      starvation.look();
    },
    close: async () => {
      clearInterval(tidying);
      watch.close();
      starvation.close();
      await journal.close();
    },
  };
}

function* aliveLines(history: RunHistory, orchestrators: Orchestrators<TriggerConnection>): Generator<string> {
  for (const declaration of orchestrators.declarations()) yield journalLine({ kind: 'declared', declaration });
  yield* history.lines();
}
