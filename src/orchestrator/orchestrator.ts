import { join } from 'node:path';
import { type Trigger as TaskTrigger, TaskTriggerKind } from '@tenure/client';
import type { CommandLife } from '@tenure/client/command';
import { type Clock, systemClock } from './clock.js';
import { completeTask } from './config/complete_task_rules.js';
import { idFault, taskFaults } from './config/task_fault_rules.js';
import type { TaskOptions } from './config/task_options.js';
import type { TaskSpec } from './config/task_spec.js';
import { type ClientSource, DaemonLink } from './daemon_link/daemon_link.js';
import { Recorder } from './daemon_link/recorder.js';
import { TriggerListener } from './daemon_link/trigger_listener.js';
import { Unrecorded } from './daemon_link/unrecorded.js';
import type { Tell } from './news/news.js';
import { toldOnce } from './news/told_once.js';
import { boundOutputs } from './runs/bound_outputs.js';
import { HandingOn } from './runs/handing_on.js';
import { messageOf, type RunEnd } from './runs/run_end.js';
import type { RunParts } from './runs/run_parts.js';
import { fileOutputs, type TaskOutputs } from './runs/task_outputs.js';
import { Agenda } from './schedule/agenda.js';
import { LastStarts } from './schedule/last_starts.js';
import { ServiceRecords } from './services/service_records.js';
import { Services } from './services/services.js';
import { defaultStateFolder, StateFolder } from './state_folder.js';
import { TaskDesk } from './task_desk.js';

/** How long a daemon is waited for with the last outcomes, in milliseconds. */
const FAREWELL_MS = 3_000;
/** What the contract takes. */
const MOST_DESCRIPTION_BYTES = 256;

export interface OrchestratorOptions {
  readonly tasks: readonly TaskOptions[];
  /** A client, which stays the caller's to close; or how to come by one, for when there is no daemon yet. */
  readonly client: ClientSource;
  /** Survives restarts; made like a task's name. Default: `orchestrator`. */
  readonly id?: string | undefined;
  /** What it is, for people. Default: its id. */
  readonly description?: string | undefined;
  /** Where it keeps what it must know after a restart, and the output of commands. Default: below the user's state folder. */
  readonly stateFolder?: string | undefined;
  /** Default: a file a task, in `output` in the state folder. */
  readonly outputs?: TaskOutputs | undefined;
  /** Told of all that happens; a cause that repeats is told once. Default: nobody is. */
  readonly onNews?: Tell | undefined;
  /** Default: the machine's. */
  readonly clock?: Clock | undefined;
}

/** Runs tasks when they are due, each in its turn; see `createOrchestrator`. */
export interface Orchestrator {
  /** Begins: what is due runs from now on, services are started, triggers are heard. */
  start(): void;
  /**
   * Runs a task now, due or not, or records why it could not. Answers how it ended.
   *
   * @throws TypeError where there is no such task, or it is a service.
   */
  run(task: string): Promise<RunEnd>;
  /**
   * Takes these tasks in the place of those before. What runs goes on as it
   * began; a service that is gone, or defined otherwise, is ended.
   *
   * @throws TypeError with all that is wrong with them; nothing is changed then.
   */
  setTasks(tasks: readonly TaskOptions[]): Promise<void>;
  /** Ends all that runs, gives the leases back, records the outcomes. Resolves when that is done. */
  stop(): Promise<void>;
  /** Ends what `stop` still waits for, at once. */
  kill(): Promise<void>;
}

/**
 * An orchestrator of these tasks. Nothing happens before `start` or `run`.
 *
 * @throws TypeError with all that is wrong with the tasks, or with the id.
 */
export function createOrchestrator(options: OrchestratorOptions): Orchestrator {
  return new TaskOrchestrator(options);
}

class TaskOrchestrator implements Orchestrator {
  readonly #parts: RunParts;
  readonly #lastStarts: LastStarts;
  readonly #agenda: Agenda;
  readonly #desk: TaskDesk;
  readonly #services: Services;
  readonly #listener: TriggerListener;
  #specs: ReadonlyMap<string, TaskSpec>;
  readonly #ending = new AbortController();
  readonly #killing = new AbortController();
  #isStarted = false;
  #stopping: Promise<void> | undefined;

  constructor(options: OrchestratorOptions) {
    this.#specs = specsOf(options.tasks);
    const orchestratorId = options.id ?? 'orchestrator';
    const fault = idFault(orchestratorId);
    if (fault !== undefined) throw new TypeError(`id ${fault}`);
    const description = options.description ?? orchestratorId;
    const tell = toldOnce(options.onNews ?? (() => undefined));
    const onFault = (error: unknown) =>
      tell({ kind: 'notice', level: 'warn', text: `a restart will not know what runs now: ${messageOf(error)}` });
    const folder = new StateFolder(options.stateFolder ?? defaultStateFolder(orchestratorId, process.env), onFault);
    const unrecorded = new Unrecorded(new StateFolder(join(folder.path, 'unrecorded'), onFault));
    const clock = options.clock ?? systemClock;
    const link = new DaemonLink(options.client);
    this.#lastStarts = new LastStarts(folder);
    this.#parts = {
      orchestratorId,
      link,
      clock,
      tell,
      recorder: new Recorder(link, tell, unrecorded),
      environment: process.env,
      outputs: options.outputs ?? fileOutputs(join(folder.path, 'output')),
      yieldFolder: join(folder.path, 'yield'),
      heavyRuns: new Map(),
      handingOn: new HandingOn(),
      lives: new Set<CommandLife>(),
      killed: this.#killing.signal,
      nextDue: (task) => this.#agenda.dueOf(task) ?? this.#services.nextStartOf(task),
    };
    this.#agenda = new Agenda(clock, (spec) => {
      void this.#desk.start(spec, { kind: TaskTriggerKind.SCHEDULE });
    });
    this.#desk = new TaskDesk(
      this.#parts,
      // Before the start, a run is asked for alone.
      () => (this.#isStarted ? this.#specs.values() : []),
      (task, startedAt) => this.#lastStarts.set(task, startedAt),
    );
    this.#services = new Services(this.#parts, new ServiceRecords(folder));
    this.#listener = new TriggerListener({
      link,
      orchestratorId,
      description: Buffer.byteLength(description) <= MOST_DESCRIPTION_BYTES ? description : orchestratorId,
      tell,
      specs: () => this.#specs.values(),
      dueOf: (task) => this.#parts.nextDue(task),
      onTrigger: (trigger) => this.#take(trigger),
    });
  }

  start(): void {
    if (this.#isStarted || this.#stopping !== undefined) return;
    this.#isStarted = true;
    this.#parts.recorder.recall();
    this.#agenda.set(this.#specs.values(), this.#lastStarts.all);
    void this.#services.set(this.#specs.values());
    this.#listener.start();
    void boundOutputs(this.#parts, this.#ending.signal);
  }

  async run(task: string): Promise<RunEnd> {
    const spec = this.#specs.get(task);
    if (spec === undefined) throw new TypeError(`there is no task ${task}`);
    if (spec.service !== undefined) throw new TypeError(`${task} is a service, which runs by itself`);
    this.#parts.recorder.recall();
    return await this.#desk.start(spec, { kind: TaskTriggerKind.COMMAND });
  }

  async setTasks(tasks: readonly TaskOptions[]): Promise<void> {
    this.#specs = specsOf(tasks);
    if (!this.#isStarted || this.#stopping !== undefined) return;
    this.#agenda.set(this.#specs.values(), this.#lastStarts.all);
    await Promise.all([this.#services.set(this.#specs.values()), this.#listener.declare()]);
  }

  async stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    await this.#stopping;
  }

  async kill(): Promise<void> {
    const stopped = this.stop();
    this.#killing.abort();
    await Promise.all([...this.#parts.lives].map(async (life) => await life.end(0)));
    await stopped;
  }

  async #stop(): Promise<void> {
    this.#agenda.stop();
    await Promise.all([this.#listener.stop(), this.#services.stop(), this.#desk.stop()]);
    this.#ending.abort();
    await this.#parts.recorder.close(FAREWELL_MS);
    await this.#parts.link.close();
  }

  #take({ task, triggerId }: TaskTrigger): void {
    const spec = this.#specs.get(task);
    // It was declared no more when it was triggered; the daemon says that nobody took it.
    if (spec === undefined) return;
    const trigger = { kind: TaskTriggerKind.MANUAL, triggerId };
    if (spec.service === undefined) void this.#desk.start(spec, trigger);
    else this.#desk.refuse(spec, trigger);
  }
}

function specsOf(tasks: readonly TaskOptions[]): ReadonlyMap<string, TaskSpec> {
  const faults = taskFaults(tasks);
  if (faults.length > 0) {
    throw new TypeError(
      faults.map(({ task, key, message }) => [task, key, message].filter(Boolean).join(' ')).join('; '),
    );
  }
  return new Map(tasks.map((options) => [options.name, completeTask(options)]));
}
