import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { processStartTicks } from '@tenure/client/command';
import { z } from 'zod';
import type { ProcessName } from '../runs/process_name.js';
import type { StateFolder } from '../state_folder.js';

const RECORDS = 'services.json';
const OWNER = 'services-owner.json';

const recordSchema = z.object({
  pid: z.number(),
  startTicks: z.string().regex(/^\d+$/),
  /** What it was started as: another definition is another service. */
  definition: z.string(),
  runId: z.string(),
  startedAt: z.number(),
});
const recordsSchema = z.record(z.string(), recordSchema);
const ownerSchema = z.object({ pid: z.number(), startTicks: z.string().regex(/^\d+$/) });

/** A service that runs, as an orchestrator before this one may have started it. */
export interface ServiceRecord {
  readonly process: ProcessName;
  readonly definition: string;
  readonly runId: string;
  readonly startedAt: number;
}

/**
 * Which services run as which processes, kept over restarts. Of orchestrators
 * with the same id, one owns the services; the next one takes them over.
 */
export class ServiceRecords {
  readonly #folder: StateFolder;
  readonly #ownerPath: string;
  readonly #self: { readonly pid: number; readonly startTicks: string };

  constructor(folder: StateFolder) {
    this.#folder = folder;
    this.#ownerPath = join(folder.path, OWNER);
    this.#self = { pid: process.pid, startTicks: String(processStartTicks(process.pid) ?? 0) };
  }

  /** The orchestrator that owns the services; undefined: this one does, from now on. */
  claim(): number | undefined {
    const owner = this.#folder.read(OWNER, ownerSchema);
    if (owner !== undefined && owner.pid !== process.pid && isAlive(owner)) return owner.pid;
    const own = `${this.#ownerPath}.${process.pid}`;
    mkdirSync(this.#folder.path, { recursive: true, mode: 0o700 });
    writeFileSync(own, `${JSON.stringify(this.#self)}\n`, { mode: 0o600 });
    try {
      if (owner !== undefined) this.#takeAway(owner);
      // Fails where another one was quicker.
      linkSync(own, this.#ownerPath);
      return undefined;
    } catch {
      return this.#folder.read(OWNER, ownerSchema)?.pid ?? 0;
    } finally {
      rmSync(own, { force: true });
    }
  }

  release(): void {
    if (this.#folder.read(OWNER, ownerSchema)?.pid === process.pid) rmSync(this.#ownerPath, { force: true });
  }

  /** The service as it was recorded, where that very process still runs. */
  find(task: string): ServiceRecord | undefined {
    const record = this.#all()[task];
    if (record === undefined || !isAlive(record)) return undefined;
    const { pid, startTicks, definition, runId, startedAt } = record;
    return { process: { pid, startTicks: BigInt(startTicks) }, definition, runId, startedAt };
  }

  /** Tasks of which a process is recorded. */
  tasks(): readonly string[] {
    return Object.keys(this.#all());
  }

  set(task: string, record: ServiceRecord | undefined): void {
    const { [task]: _, ...others } = this.#all();
    this.#folder.write(RECORDS, record === undefined ? others : { ...others, [task]: written(record) });
  }

  #all(): z.output<typeof recordsSchema> {
    return this.#folder.read(RECORDS, recordsSchema) ?? {};
  }

  /** Moves a dead owner's file aside, unless another one has come into its place meanwhile. */
  #takeAway(dead: z.output<typeof ownerSchema>): void {
    const aside = `${this.#ownerPath}.gone.${process.pid}`;
    renameSync(this.#ownerPath, aside);
    const moved = ownerSchema.safeParse(JSON.parse(readFileSync(aside, 'utf8')));
    if (moved.success && moved.data.pid !== dead.pid && isAlive(moved.data)) linkSync(aside, this.#ownerPath);
    rmSync(aside, { force: true });
  }
}

function written({ process, ...record }: ServiceRecord): z.output<typeof recordSchema> {
  return { ...record, pid: process.pid, startTicks: String(process.startTicks) };
}

function isAlive({ pid, startTicks }: { readonly pid: number; readonly startTicks: string }): boolean {
  return String(processStartTicks(pid)) === startTicks;
}
