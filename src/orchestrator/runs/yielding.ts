import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HeldLease, Hold, YieldRequest } from '@tenure/client';
import { signalGroup } from '@tenure/client/command';
import { messageOf } from './run_end.js';
import type { RunParts } from './run_parts.js';
import type { TaskRun } from './task_run.js';
import type { WorkControl } from './work_control.js';

/** Names a file that comes to be when the holder of the command's lease is asked to give way. */
const YIELD_FILE_VARIABLE = 'TENURE_YIELD_FILE';

/** Calls back whenever somebody asks for one of the leases, also where that was so before. Returns how to stop that. */
export function watchYieldRequests(
  hold: Hold,
  leases: readonly HeldLease[],
  onAsked: (request: YieldRequest) => void,
): () => void {
  const heard = new Set<YieldRequest>();
  const hear = (request: YieldRequest, lease: HeldLease): void => {
    if (!leases.includes(lease) || heard.has(request)) return;
    heard.add(request);
    onAsked(request);
  };
  const stop = hold.onYieldRequested(hear);
  // Between the grant and this moment it was told to nobody.
  for (const lease of leases) if (lease.yieldRequest !== undefined) hear(lease.yieldRequest, lease);
  return stop;
}

/** How the command of one run hears that it is asked to give way. */
export class CommandYield {
  readonly environment: NodeJS.ProcessEnv;
  readonly #parts: RunParts;
  readonly #run: TaskRun;
  readonly #path: string;
  #stop: (() => void) | undefined;

  constructor(parts: RunParts, run: TaskRun) {
    this.#parts = parts;
    this.#run = run;
    this.#path = join(parts.yieldFolder, run.runId);
    this.environment = { [YIELD_FILE_VARIABLE]: this.#path };
  }

  watch(hold: Hold, leases: readonly HeldLease[], control: WorkControl, pid: number): void {
    const { spec, runId } = this.#run;
    this.#stop = watchYieldRequests(hold, leases, (request) => {
      const why = describeRequest(request);
      control.askToYield(why);
      this.#writeFile(request);
      if (spec.yieldSignal !== undefined) signalGroup(pid, spec.yieldSignal);
      this.#parts.tell({ kind: 'yield-asked', task: spec.name, runId, why });
    });
  }

  close(): void {
    this.#stop?.();
    rmSync(this.#path, { force: true });
  }

  #writeFile({ resource, reason }: YieldRequest): void {
    try {
      mkdirSync(this.#parts.yieldFolder, { recursive: true, mode: 0o700 });
      writeFileSync(this.#path, `${JSON.stringify({ resource, reason })}\n`, { mode: 0o600 });
    } catch (error) {
      // It is a wish: that it can't be passed on must not end anything.
      const text = `${this.#run.spec.name} can't be told that it is asked to give way: ${messageOf(error)}`;
      this.#parts.tell({ kind: 'notice', level: 'warn', text });
    }
  }
}

export function describeRequest({ resource, reason, requester }: YieldRequest): string {
  const who = requester === undefined || requester.pid === 0 ? 'somebody' : `pid ${requester.pid}`;
  return `${who} asks for ${resource}${reason === '' ? '' : `: ${reason}`}`;
}
