import { TaskTriggerKind } from '@tenure/client';
import type { TaskSpec } from './config/task_spec.js';
import { executeRun } from './runs/execute_run.js';
import { type RunEnd, skipped } from './runs/run_end.js';
import type { RunParts } from './runs/run_parts.js';
import { TaskRun, type Trigger } from './runs/task_run.js';
import { afterVerdict, type LastEnd } from './schedule/dependency_rules.js';
import { overlapVerdict } from './schedule/overlap_rules.js';

interface UnderWay {
  readonly run: TaskRun;
  readonly ended: Promise<RunEnd>;
}

/** Starts runs, as far as those under way allow it, and what follows their ends. */
export class TaskDesk {
  readonly #parts: RunParts;
  /** What may come after others. */
  readonly #followers: () => Iterable<TaskSpec>;
  readonly #onStart: (task: string, startedAt: number) => void;
  readonly #stopping = new AbortController();
  readonly #underWay = new Map<string, Set<UnderWay>>();
  readonly #queued = new Map<string, Promise<RunEnd>>();
  readonly #lastEnds = new Map<string, LastEnd>();
  readonly #lastStarts = new Map<string, number>();

  constructor(
    parts: RunParts,
    followers: () => Iterable<TaskSpec>,
    onStart: (task: string, startedAt: number) => void,
  ) {
    this.#parts = parts;
    this.#followers = followers;
    this.#onStart = onStart;
  }

  /** Runs the task, or records why not. Answers how that ended. */
  async start(spec: TaskSpec, trigger: Trigger): Promise<RunEnd> {
    const run = new TaskRun(this.#parts, spec, trigger);
    if (this.#stopping.signal.aborted) return this.#skip(run, skipped('shutdown', 'schedule'));
    const others = this.#underWay.get(spec.name) ?? new Set();
    const [first] = others;
    const queued = this.#queued.get(spec.name);
    const verdict = overlapVerdict(spec.overlap, others.size, queued === undefined ? 0 : 1);
    switch (verdict) {
      case 'run':
        return await this.#begin(run);
      case 'queue':
        return await this.#queue(run, [...others]);
      case 'skip':
        return this.#skip(
          run,
          skipped('overlap', 'schedule', {
            blockingTask: spec.name,
            ...(first === undefined ? {} : { blockingRunId: first.run.runId }),
            ...(first?.run.wait === undefined ? {} : { error: `its run before waits ${first.run.wait}` }),
          }),
        );
    }
  }

  /** Records that a service was triggered, which runs by itself. */
  refuse(spec: TaskSpec, trigger: Trigger): void {
    const why = { blockingTask: spec.name, error: 'it is a service, which runs by itself' };
    new TaskRun(this.#parts, spec, trigger).ended(skipped('overlap', 'schedule', why));
  }

  /** Ends what is under way, and starts nothing more. Resolves when all of it is over. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([...this.#queued.values()]);
    await Promise.all([...this.#underWay.values()].flatMap((runs) => [...runs].map(({ ended }) => ended)));
  }

  #skip(run: TaskRun, end: RunEnd): RunEnd {
    run.ended(end);
    this.#follow(run, end);
    return end;
  }

  async #begin(run: TaskRun): Promise<RunEnd> {
    const { name } = run.spec;
    this.#lastStarts.set(name, run.startedAt);
    this.#onStart(name, run.startedAt);
    const ended = executeRun(this.#parts, run, this.#stopping.signal);
    const underWay: UnderWay = { run, ended };
    const runs = this.#underWay.get(name) ?? new Set();
    this.#underWay.set(name, runs.add(underWay));
    const end = await ended;
    runs.delete(underWay);
    this.#follow(run, end);
    return end;
  }

  async #queue(run: TaskRun, others: readonly UnderWay[]): Promise<RunEnd> {
    const { name } = run.spec;
    run.queued(others[0]?.run.runId);
    const later = (async () => {
      await Promise.all(others.map(({ ended }) => ended));
      this.#queued.delete(name);
      return await this.#begin(run);
    })();
    this.#queued.set(name, later);
    return await later;
  }

  /** Starts what comes after a task that has ended, or records that it can't. */
  #follow({ runId, spec, startedAt }: TaskRun, end: RunEnd): void {
    // The run before it still goes on, or nothing starts any more.
    if (end.reasonCode === 'overlap' || end.reasonCode === 'shutdown') return;
    const isDone = end.status === 'completed' || end.status === 'degraded';
    this.#lastEnds.set(spec.name, { isDone, endedAt: Math.max(startedAt, this.#parts.clock.now()) });
    for (const next of this.#followers()) {
      if (next.schedule.kind !== 'after' || !next.enabled || !next.schedule.tasks.includes(spec.name)) continue;
      const trigger = { kind: TaskTriggerKind.AFTER, afterTask: spec.name, afterRunId: runId };
      const lastStart = this.#lastStarts.get(next.name);
      const verdict = afterVerdict(next.schedule.tasks, spec.name, this.#lastEnds, lastStart);
      if (verdict.kind === 'run') void this.start(next, trigger);
      if (verdict.kind === 'blocked') {
        const cause = skipped('dependency', 'schedule', { blockingTask: verdict.by, blockingRunId: runId });
        this.#skip(new TaskRun(this.#parts, next, trigger), cause);
      }
    }
  }
}
