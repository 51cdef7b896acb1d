import { pause } from '../clock.js';
import type { TaskSpec } from '../config/task_spec.js';
import { messageOf } from '../runs/run_end.js';
import type { RunParts } from '../runs/run_parts.js';
import { adoptedLife } from './adopted_life.js';
import { definitionOf, isService, ServiceKeeper } from './service_keeper.js';
import type { ServiceRecords } from './service_records.js';

/** How often an orchestrator beside this one is looked at that keeps the services, in milliseconds. */
const STANDBY_MS = 2_000;
/** From TERM to KILL of a service that is declared no more. */
const KILL_AFTER_MS = 10_000;

/** All services of an orchestrator. */
export class Services {
  readonly #parts: RunParts;
  readonly #records: ServiceRecords;
  readonly #keepers = new Map<string, ServiceKeeper>();
  readonly #stopping = new AbortController();
  #specs: readonly TaskSpec[] = [];
  #isOwner = false;
  #claiming: Promise<void> | undefined;
  #applying: Promise<void> = Promise.resolve();

  constructor(parts: RunParts, records: ServiceRecords) {
    this.#parts = parts;
    this.#records = records;
  }

  /** Keeps these services, and ends those that are not among them. One that is defined otherwise now is started anew. */
  async set(specs: Iterable<TaskSpec>): Promise<void> {
    this.#specs = [...specs].filter((spec) => isService(spec) && spec.enabled);
    if (this.#isOwner) return await this.#applyInTurn();
    if (this.#specs.length > 0) this.#claiming ??= this.#claim();
  }

  /** When a service that has ended is started again; undefined of all others. */
  nextStartOf(task: string): number | undefined {
    return this.#keepers.get(task)?.nextStart;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    const ending = [...this.#keepers.values()].map(async (keeper) => await keeper.stop());
    await Promise.all([this.#claiming, this.#applying, ...ending]);
    if (this.#isOwner) this.#records.release();
  }

  /** Waits until no other orchestrator of this id keeps the services. */
  async #claim(): Promise<void> {
    let isTold = false;
    while (!this.#stopping.signal.aborted) {
      const owner = this.#tryClaim();
      if (owner === undefined) {
        this.#isOwner = true;
        return await this.#applyInTurn().catch((error: unknown) => this.#tellFault(error));
      }
      if (!isTold && owner !== 'fault') {
        const text = `the orchestrator of pid ${owner} keeps the services; this one takes them over when it is gone`;
        this.#parts.tell({ kind: 'notice', level: 'info', text });
        isTold = true;
      }
      await pause(this.#parts.clock, STANDBY_MS, this.#stopping.signal);
    }
  }

  /** A disk that takes nothing now may do so later. */
  #tryClaim(): number | undefined | 'fault' {
    try {
      return this.#records.claim();
    } catch (error) {
      this.#tellFault(error);
      return 'fault';
    }
  }

  #tellFault(error: unknown): void {
    this.#parts.tell({ kind: 'notice', level: 'warn', text: `services can't be kept: ${messageOf(error)}` });
  }

  /** One after the other: what was begun for a file may take a while, and the next one finds it done. */
  async #applyInTurn(): Promise<void> {
    const turn = this.#applying.then(async () => await this.#apply());
    this.#applying = turn.catch(() => undefined);
    await turn;
  }

  async #apply(): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    const wanted = new Map(this.#specs.map((spec) => [spec.name, spec]));
    const gone = [...this.#keepers.values()].filter(({ spec }) => {
      const next = wanted.get(spec.name);
      return next === undefined || definitionOf(next) !== definitionOf(spec);
    });
    await Promise.all(
      gone.map(async (keeper) => {
        await keeper.stop();
        this.#keepers.delete(keeper.spec.name);
      }),
    );
    await this.#endUndeclared(wanted);
    if (this.#stopping.signal.aborted) return;
    for (const spec of wanted.values()) {
      if (!isService(spec)) continue;
      const kept = this.#keepers.get(spec.name);
      if (kept !== undefined) {
        kept.spec = spec;
        continue;
      }
      const keeper = new ServiceKeeper(this.#parts, spec, this.#records);
      this.#keepers.set(spec.name, keeper);
      keeper.start();
    }
  }

  /** What an orchestrator before this one left running, and is a service no more. */
  async #endUndeclared(wanted: ReadonlyMap<string, TaskSpec>): Promise<void> {
    for (const task of this.#records.tasks()) {
      if (wanted.has(task)) continue;
      const found = this.#records.find(task);
      if (found !== undefined) await adoptedLife(found.process).end(KILL_AFTER_MS);
      this.#records.set(task, undefined);
    }
  }
}
