import { type HistoryLimits, runsToDrop, type SizedRun } from './retention_rules.js';
import { hasEnded, type TaskRunRecord } from './run_record.js';

interface KeptRun extends SizedRun {
  /** As the journal has it. */
  readonly line: string;
}

/** The runs that are known, in the order in which they were last recorded. Bounded by `prune`. */
export class RunHistory {
  /** A Map keeps the order in which keys came: one recorded anew goes to its end. */
  readonly #runs = new Map<string, KeptRun>();
  readonly #byTask = new Map<string, Map<string, TaskRunRecord>>();
  readonly #byTrigger = new Map<string, string>();
  /** Those that have not ended. */
  readonly #open = new Map<string, TaskRunRecord>();
  #bytes = 0;

  get size(): number {
    return this.#runs.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get openCount(): number {
    return this.#open.size;
  }

  open(): Iterable<TaskRunRecord> {
    return this.#open.values();
  }

  get(runId: string): TaskRunRecord | undefined {
    return this.#runs.get(runId)?.run;
  }

  ofTrigger(triggerId: string): TaskRunRecord | undefined {
    const runId = this.#byTrigger.get(triggerId);
    return runId === undefined ? undefined : this.get(runId);
  }

  /** The one recorded last comes last. */
  ofTask(task: string): readonly TaskRunRecord[] {
    return [...(this.#byTask.get(task)?.values() ?? [])];
  }

  /** Names of the tasks that have runs. */
  tasks(): Iterable<string> {
    return this.#byTask.keys();
  }

  *all(): Generator<TaskRunRecord, void, undefined> {
    for (const { run } of this.#runs.values()) yield run;
  }

  *lines(): Generator<string, void, undefined> {
    for (const { line } of this.#runs.values()) yield line;
  }

  put(run: TaskRunRecord, line: string): void {
    this.remove(run.runId);
    const bytes = Buffer.byteLength(line);
    this.#runs.set(run.runId, { run, line, bytes });
    this.#bytes += bytes;
    const ofTask = this.#byTask.get(run.task);
    if (ofTask === undefined) this.#byTask.set(run.task, new Map([[run.runId, run]]));
    else ofTask.set(run.runId, run);
    if (!hasEnded(run)) this.#open.set(run.runId, run);
    if (run.trigger.triggerId !== '') this.#byTrigger.set(run.trigger.triggerId, run.runId);
  }

  remove(runId: string): void {
    const kept = this.#runs.get(runId);
    if (kept === undefined) return;
    this.#runs.delete(runId);
    this.#open.delete(runId);
    this.#bytes -= kept.bytes;
    const { task, trigger } = kept.run;
    const ofTask = this.#byTask.get(task);
    ofTask?.delete(runId);
    if (ofTask?.size === 0) this.#byTask.delete(task);
    if (this.#byTrigger.get(trigger.triggerId) === runId) this.#byTrigger.delete(trigger.triggerId);
  }

  /** Drops what is too much or too old, and answers it. */
  prune(limits: HistoryLimits, nowMs: number): readonly TaskRunRecord[] {
    const dropped = [...runsToDrop([...this.#runs.values()], limits, nowMs)].flatMap((runId) => this.get(runId) ?? []);
    for (const { runId } of dropped) this.remove(runId);
    return dropped;
  }

  /** Whether a bound that has nothing to do with age may have been passed by this run. */
  isFull({ perTask, total, bytes }: HistoryLimits, task: string): boolean {
    return this.size > total || this.#bytes > bytes || (this.#byTask.get(task)?.size ?? 0) > perTask;
  }
}
