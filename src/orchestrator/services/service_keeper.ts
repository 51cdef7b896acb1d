import { TaskTriggerKind } from '@tenure/client';
import { pause } from '../clock.js';
import type { TaskSpec } from '../config/task_spec.js';
import { endOfExit } from '../runs/end_rules.js';
import { attempt, withControl } from '../runs/execute_run.js';
import type { RunEnd } from '../runs/run_end.js';
import type { RunParts } from '../runs/run_parts.js';
import { TaskRun } from '../runs/task_run.js';
import type { WorkControl } from '../runs/work_control.js';
import { adoptedLife } from './adopted_life.js';
import { watchLiveness } from './liveness.js';
import { restartCooldown, shortLives } from './restart_rules.js';
import type { ServiceRecord, ServiceRecords } from './service_records.js';

/** A task with what makes it a service. */
export type ServiceSpec = TaskSpec & { readonly service: NonNullable<TaskSpec['service']> };

export function isService(spec: TaskSpec): spec is ServiceSpec {
  return spec.service !== undefined;
}

/** What a service is started as: another definition is another service. */
export function definitionOf({ work, lease }: TaskSpec): string {
  return JSON.stringify([work, lease?.resources ?? null]);
}

/** Keeps one service running, from the process that already runs as it, where there is one. */
export class ServiceKeeper {
  /** How the service is kept from its next start on. */
  spec: ServiceSpec;
  readonly #parts: RunParts;
  readonly #records: ServiceRecords;
  readonly #stopping = new AbortController();
  #kept: Promise<void> | undefined;
  #nextStart: number | undefined;

  constructor(parts: RunParts, spec: ServiceSpec, records: ServiceRecords) {
    this.#parts = parts;
    this.spec = spec;
    this.#records = records;
  }

  /** When it is started again, in milliseconds since 1970; undefined while it is not in between two lives. */
  get nextStart(): number | undefined {
    return this.#nextStart;
  }

  start(): void {
    this.#kept ??= this.#keep();
  }

  /** Ends the service with its group. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#kept;
  }

  async #keep(): Promise<void> {
    const { clock, tell } = this.#parts;
    let lives = 0;
    let found = await this.#adoptable();
    while (!this.#stopping.signal.aborted) {
      const startedAt = found?.startedAt ?? clock.now();
      const { run, end } = await this.#live(found);
      found = undefined;
      if (this.#stopping.signal.aborted) return run.ended(end);
      const { name, service } = this.spec;
      lives = shortLives(service.restart, lives, end.status === 'skipped' ? 0 : clock.now() - startedAt);
      const inMs = restartCooldown(service.restart, lives);
      // Before its end is told, for that tells of the next start, too.
      this.#nextStart = clock.now() + inMs;
      run.ended(end);
      tell({ kind: 'restarting', task: name, inMs });
      await pause(clock, inMs, this.#stopping.signal);
      this.#nextStart = undefined;
    }
  }

  /** What runs as this service already. What was started by another definition is ended. */
  async #adoptable(): Promise<ServiceRecord | undefined> {
    const found = this.#records.find(this.spec.name);
    if (found === undefined || found.definition === definitionOf(this.spec)) return found;
    await adoptedLife(found.process).end(this.spec.killAfterMs);
    return undefined;
  }

  /** One life. Its end is yet to be told. */
  async #live(found: ServiceRecord | undefined): Promise<{ readonly run: TaskRun; readonly end: RunEnd }> {
    const { spec } = this;
    const { name, service } = spec;
    const definition = definitionOf(spec);
    const over = new AbortController();
    let probing: Promise<void> | undefined;
    let probe: () => void = () => undefined;
    const run: TaskRun = new TaskRun(
      this.#parts,
      spec,
      { kind: TaskTriggerKind.SERVICE },
      {
        ...(found === undefined ? {} : { runId: found.runId, startedAt: found.startedAt }),
        onProcess: (process) => {
          this.#records.set(name, { process, definition, runId: run.runId, startedAt: run.startedAt });
          probe();
        },
      },
    );
    const end = await withControl(this.#stopping.signal, async (control) => {
      // From when there is something to probe: before, it may wait for its lease.
      probe = () => {
        if (service.liveness === undefined) return;
        const watching = watchLiveness(this.#parts, run, service.liveness, over.signal);
        probing = watching.then((how) => (how === 'failed' ? control.end('liveness') : undefined));
      };
      return found === undefined ? await attempt(this.#parts, run, control) : await this.#adopt(run, found, control);
    });
    over.abort();
    await probing;
    this.#records.set(name, undefined);
    // That it was stopped in order is no failure of a service.
    const isStop = end.reasonCode === 'shutdown' && end.status === 'failed';
    return { run, end: isStop ? { status: 'completed', reasonCode: 'shutdown', phase: 'shutdown' } : end };
  }

  async #adopt(run: TaskRun, { process }: ServiceRecord, control: WorkControl): Promise<RunEnd> {
    const life = adoptedLife(process);
    this.#parts.lives.add(life);
    run.adopted(process.pid);
    control.watch(life, run.spec.killAfterMs);
    const exit = await life.exited;
    await control.close();
    this.#parts.lives.delete(life);
    if (control.endedFor !== undefined) return endOfExit(exit, control.endedFor, undefined);
    return { status: 'failed', reasonCode: 'exit-code', phase: 'child-process', error: 'ended; how, nobody saw' };
  }
}
