import type { Actor } from '../rpc/actor.js';
import { Refusal } from '../rpc/refusal.js';
import type { EventSink } from '../telemetry/events.js';
import { type JournalEntry, journalLine } from './journal_lines.js';
import type { Orchestrators } from './orchestrators.js';
import { afterRecord, counted, countedIn, unknownEnd } from './recording_rules.js';
import type { HistoryLimits } from './retention_rules.js';
import type { RunHistory } from './run_history.js';
import { type Declaration, hasEnded, type TaskRunRecord } from './run_record.js';
import type { RunWatch } from './run_watch.js';
import type { Starvation } from './starvation.js';
import { forgottenEvent, runEvent } from './task_events.js';
import type { TaskFeed } from './task_feed.js';
import { runMessage, taskMessage } from './task_message.js';
import { type TaskView, viewOf } from './task_view_rules.js';
import type { TriggerConnection } from './triggers.js';

export interface TaskBoardParts {
  readonly history: RunHistory;
  readonly orchestrators: Orchestrators<TriggerConnection>;
  readonly starvation: Starvation;
  readonly watch: RunWatch;
  readonly feed: TaskFeed;
  readonly append: (line: string) => void;
  readonly limits: () => HistoryLimits;
  readonly wallMs: () => number;
  readonly events: EventSink;
  /** Hears of each run as it is kept. */
  readonly onRecorded: (run: TaskRunRecord) => void;
}

/** Who records. */
export interface Recorder {
  readonly actor: Actor | undefined;
  /** Whether other users' runs are theirs to change, too. */
  readonly isOperator: boolean;
}

/** All that is known of tasks, kept together: history, declarations, deferrals, and who hears of them. */
export class TaskBoard {
  readonly #parts: TaskBoardParts;

  constructor(parts: TaskBoardParts) {
    this.#parts = parts;
  }

  /** Takes up what earlier runs of the daemon left. */
  restore(entries: readonly JournalEntry[]): void {
    const { history, orchestrators, starvation, watch, limits, wallMs } = this.#parts;
    for (const entry of entries) {
      switch (entry.kind) {
        case 'declared':
          orchestrators.declare(entry.declaration);
          break;
        case 'run':
          history.put(entry.run, journalLine(entry));
          break;
        case 'forgotten':
          this.#remove(entry.task);
          break;
      }
    }
    this.#forgetOld();
    history.prune(limits(), wallMs());
    for (const run of history.all()) starvation.recall(run);
    for (const task of this.#names()) this.#settleDeferral(task);
    starvation.look();
    for (const task of this.#names()) this.#tell(task, undefined);
    for (const run of history.all()) if (!hasEnded(run)) watch.follow(run);
  }

  /** A run as its recorder tells it. Answers it as it stands now. */
  record(told: TaskRunRecord, recorder: Recorder): TaskRunRecord {
    const { history } = this.#parts;
    const before = history.get(told.runId);
    if (before !== undefined) checkSame(before, told, recorder);
    else if (!hasEnded(told)) this.#checkRoom();
    const after = afterRecord(before, told);
    if (after === undefined) return before ?? told;
    const skip = before !== undefined && hasEnded(before) ? undefined : countedIn(this.#lastSkips(told.task), after);
    if (skip !== undefined) return this.#count(skip, after, before);
    return this.#keep(before, after, recorder.actor);
  }

  /** Nobody is left to tell how a run ended. */
  abandon(runId: string): void {
    const run = this.#parts.history.get(runId);
    if (run === undefined || hasEnded(run)) return;
    this.#keep(run, unknownEnd(run, this.#parts.wallMs()), undefined);
  }

  declare(declaration: Declaration, isOperator: boolean): void {
    const { orchestrators, append } = this.#parts;
    const before = orchestrators.declared(declaration.orchestratorId);
    if (before !== undefined && before.uid !== declaration.uid && !isOperator) throw otherUsers('orchestrator id');
    const touched = orchestrators.declare(declaration);
    append(journalLine({ kind: 'declared', declaration }));
    for (const task of touched) this.#settleDeferral(task);
    this.#parts.starvation.look();
    for (const task of touched) this.#tell(task, undefined);
  }

  setNextRun(orchestratorId: string, task: string, wallMs: number): void {
    this.#parts.orchestrators.setNextRun(orchestratorId, task, wallMs);
  }

  connect(connection: TriggerConnection): void {
    const { orchestrators } = this.#parts;
    const declared = orchestrators.declared(connection.orchestratorId);
    if (declared !== undefined && declared.uid !== connection.uid) throw otherUsers('orchestrator id');
    orchestrators.connect(connection);
    this.#tellTasksOf(connection.orchestratorId);
  }

  disconnect(connection: TriggerConnection): void {
    this.#parts.orchestrators.disconnect(connection);
    this.#parts.watch.disconnected(connection.orchestratorId);
    this.#tellTasksOf(connection.orchestratorId);
  }

  /** Answers whether it is forgotten: somebody may run it. One that is not known is neither. */
  forget(task: string, actor: Actor | undefined): 'forgotten' | 'kept' | undefined {
    const view = this.view(task);
    if (view === undefined) return undefined;
    if (view.orchestrators.length > 0 || view.running.length > 0) return 'kept';
    this.#remove(task);
    this.#parts.append(journalLine({ kind: 'forgotten', task }));
    this.#parts.events.emit(forgottenEvent(task, actor));
    this.#tell(task, undefined);
    this.#parts.starvation.look();
    return 'forgotten';
  }

  /** Undefined: nobody declares it, and none of its runs is kept. */
  view(name: string): TaskView | undefined {
    const { history, orchestrators, starvation } = this.#parts;
    const definitions = orchestrators.definitionsOf(name);
    const runs = history.ofTask(name);
    if (definitions.length === 0 && runs.length === 0) return undefined;
    return viewOf({
      name,
      definitions,
      orchestrators: orchestrators.listeningFor(name),
      runs,
      deferral: starvation.of(name),
      starved: starvation.isStarving(name),
    });
  }

  /** By name. */
  views(): readonly TaskView[] {
    return this.#names().flatMap((name) => this.view(name) ?? []);
  }

  /** Something that is no run's doing has changed: it starves, or no longer does. */
  changed(task: string): void {
    this.#tell(task, undefined);
  }

  /** Drops what is too old, and too much after limits have changed. */
  tidy(): void {
    const { history, limits, wallMs } = this.#parts;
    const forgotten = this.#forgetOld();
    const dropped = history.prune(limits(), wallMs()).map(({ task }) => task);
    for (const task of new Set([...forgotten, ...dropped])) this.#tell(task, undefined);
  }

  #remove(task: string): void {
    const { history, orchestrators } = this.#parts;
    for (const { runId } of history.ofTask(task)) history.remove(runId);
    orchestrators.withdraw(task);
  }

  /** What has not ended is never dropped. */
  #checkRoom(): void {
    const { history, limits } = this.#parts;
    if (history.openCount < limits().total) return;
    const most = `${history.openCount} runs have not ended, and no more are kept (tasks.history.total)`;
    throw new Refusal('TOO_MANY', `${most}; record how they ended`);
  }

  #keep(before: TaskRunRecord | undefined, run: TaskRunRecord, actor: Actor | undefined): TaskRunRecord {
    const { history, starvation, watch, append, limits, wallMs, events, onRecorded } = this.#parts;
    const line = journalLine({ kind: 'run', run });
    history.put(run, line);
    append(line);
    watch.follow(run);
    const event = runEvent(before, run, actor);
    if (event !== undefined) events.emit(event);
    starvation.recorded(run);
    const dropped = history.isFull(limits(), run.task) ? history.prune(limits(), wallMs()) : [];
    this.#tell(run.task, run);
    for (const task of new Set(dropped.map((one) => one.task))) if (task !== run.task) this.#tell(task, undefined);
    onRecorded(run);
    return run;
  }

  /** Once more for the same cause: no record, no event and no log line of its own. */
  #count(skip: TaskRunRecord, told: TaskRunRecord, before: TaskRunRecord | undefined): TaskRunRecord {
    const after = counted(skip, told);
    if (after === undefined) return skip;
    const { history, watch } = this.#parts;
    if (before !== undefined) {
      history.remove(before.runId);
      watch.forget(before.runId);
    }
    return this.#keep(skip, after, undefined);
  }

  /** The runs that a task was skipped by since it last did something else. */
  #lastSkips(task: string): readonly TaskRunRecord[] {
    const runs = this.#parts.history.ofTask(task);
    // One that waits has not done anything yet.
    const since = runs.findLastIndex(({ status }) => status !== 'skipped' && status !== 'waiting');
    return runs.slice(since + 1).filter(({ status }) => status === 'skipped');
  }

  /** What is not to run by any schedule is not kept from running, nor what its orchestrator has put aside. */
  #settleDeferral(task: string): void {
    const { orchestrators, starvation } = this.#parts;
    const definitions = orchestrators.definitionsOf(task);
    const { orchestratorId = '' } = starvation.of(task)?.run ?? {};
    // A script's task is declared by nobody, and kept from running all the same.
    const isWithdrawn = definitions.length === 0 && orchestrators.declared(orchestratorId) !== undefined;
    if (isWithdrawn || (definitions.length > 0 && definitions.every(({ enabled }) => !enabled)))
      starvation.forget(task);
  }

  #forgetOld(): readonly string[] {
    const { orchestrators, limits, wallMs } = this.#parts;
    return orchestrators.forgetBefore(wallMs() - limits().maxAgeMs);
  }

  #tellTasksOf(orchestratorId: string): void {
    for (const task of this.#parts.orchestrators.tasksOf(orchestratorId)) this.#tell(task, undefined);
  }

  #tell(name: string, run: TaskRunRecord | undefined): void {
    const { feed, starvation } = this.#parts;
    const view = this.view(name);
    if (view !== undefined) feed.tell(taskMessage(view), run && runMessage(run));
    else {
      starvation.forget(name);
      feed.remove(name);
    }
  }

  #names(): readonly string[] {
    const { history, orchestrators } = this.#parts;
    return [...new Set([...orchestrators.tasks(), ...history.tasks()])].toSorted();
  }
}

function checkSame(before: TaskRunRecord, told: TaskRunRecord, { isOperator }: Recorder): void {
  if (before.uid !== told.uid && !isOperator) throw otherUsers('run id');
  if (before.task !== told.task) {
    throw new Refusal('REQUEST_ID_REUSED', `run ${told.runId} is one of ${before.task}; make a new id for each run`);
  }
}

function otherUsers(what: string): Refusal {
  return new Refusal('ROLE_DENIED', `this ${what} is another user's; make one of your own`, { required: 'operator' });
}
