import { constants } from 'node:os';
import {
  type AcquireOutcome,
  type Client,
  currentTaskRun,
  type HeldLease,
  isTenureError,
  type LeaseHeld,
  newTaskRunId,
  type QueueUpdate,
  type TaskHolder,
  type TaskRunFields,
  TaskRunStatus,
  TaskTriggerKind,
  taskEnvironment,
  timestampFromDate,
} from '@tenure/client';
import { describeBlocker, describeHolder, describeWaiter } from '../lease/lease_text.js';
import { warn } from '../output.js';
import type { RunOutcome } from './outcome.js';

/** A command is not kept from its end for longer than this by a daemon that is away, in milliseconds. */
const PATIENCE_MS = 5_000;

/** Records what becomes of a command as a run of a task. A record that fails is said, and changes nothing for the command. */
export class TaskRecord {
  readonly #client: Client;
  readonly #about: TaskRunFields;
  readonly #run: { readonly task: string; readonly runId: string };
  #known: TaskRunFields = {};
  #last: Promise<void> = Promise.resolve();
  #saidLost = false;

  constructor(client: Client, task: string, resources: readonly string[]) {
    this.#client = client;
    this.#run = { task, runId: newTaskRunId() };
    this.#about = {
      ...this.#run,
      parentRunId: currentTaskRun()?.runId,
      resources: [...resources],
      trigger: { kind: TaskTriggerKind.COMMAND },
    };
  }

  /** For the command: what it records in its turn shows under this run. */
  environment(base: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    return taskEnvironment(this.#run, base);
  }

  waits({ resource, held }: QueueUpdate): void {
    this.#tell({
      status: TaskRunStatus.WAITING,
      reasonCode: 'lease-held',
      phase: 'lease',
      holder: holderOf(resource, held),
    });
  }

  held({ results }: Extract<AcquireOutcome, { outcome: 'held' }>): void {
    const [first] = results.flatMap(({ resource, outcome }) =>
      outcome?.$case === 'held' && outcome.value.blockers.length > 0 ? [holderOf(resource, outcome.value)] : [],
    );
    this.#tell({ status: TaskRunStatus.SKIPPED, reasonCode: 'lease-held', phase: 'lease', holder: first });
  }

  started(pid: number, leases: readonly HeldLease[]): void {
    this.#known = {
      workTime: timestampFromDate(new Date()),
      process: { pid },
      leaseIds: leases.map(({ lease }) => lease.leaseId),
    };
    this.#tell({ status: TaskRunStatus.RUNNING, phase: 'child-process' });
  }

  ended(outcome: RunOutcome): void {
    const end = endOf(outcome);
    if (end !== undefined) this.#tell({ ...end, process: undefined });
  }

  failed(error: unknown): void {
    const reasonCode = isTenureError(error) ? 'lease-acquire-error' : 'exception';
    const text = error instanceof Error ? error.message : String(error);
    this.#tell({ status: TaskRunStatus.FAILED, reasonCode, phase: 'lease', error: text });
  }

  /** Resolves once all of it is told, or could not be. */
  settled(): Promise<void> {
    return this.#last;
  }

  /** One after another, so that the last word is the last. */
  #tell(fields: TaskRunFields): void {
    const run = { ...this.#about, ...this.#known, ...fields };
    this.#last = this.#last.then(() => this.#send(run));
  }

  async #send(run: TaskRunFields): Promise<void> {
    try {
      await this.#client.tasks.recordTaskOutcome({ run }, { timeoutMs: PATIENCE_MS });
    } catch (error) {
      if (!isTenureError(error)) throw error;
      if (!this.#saidLost) warn(`tenure: the run of ${this.#run.task} could not be recorded: ${error.message}`);
      this.#saidLost = true;
    }
  }
}

function holderOf(resource: string, held: LeaseHeld | undefined): Partial<TaskHolder> | undefined {
  const [first] = held?.blockers ?? [];
  switch (first?.blocker?.$case) {
    case 'lease': {
      const lease = first.blocker.value;
      const who = describeHolder(lease);
      const [, pid, description] = /^pid (\d+) ?(.*)$/.exec(who) ?? [];
      return {
        leaseId: lease.leaseId,
        resource,
        pid: Number(pid ?? lease.holder?.pid ?? 0),
        description: description ?? who,
        clientId: lease.clientId,
        reason: lease.reason,
      };
    }
    case 'waiter': {
      const waiter = first.blocker.value;
      const pid = waiter.holder?.pid ?? 0;
      const description = describeWaiter(waiter).replace(/^pid \d+ ?/, '');
      return { resource, pid, description, clientId: waiter.clientId, reason: waiter.reason };
    }
    case undefined:
      return first === undefined ? undefined : { resource, description: describeBlocker(first) };
  }
}

/** Undefined: it is recorded already. */
function endOf(outcome: RunOutcome): TaskRunFields | undefined {
  const failed = { status: TaskRunStatus.FAILED, phase: 'child-process' } as const;
  switch (outcome.outcome) {
    case 'completed':
      return outcome.exitCode === 0
        ? { status: TaskRunStatus.COMPLETED, exitCode: 0 }
        : { ...failed, reasonCode: 'exit-code', exitCode: outcome.exitCode };
    case 'signalled':
      return { ...failed, reasonCode: 'signal', signal: constants.signals[outcome.signal] };
    case 'lost':
      return { ...failed, reasonCode: 'lease-lost', error: `lost ${outcome.resources.join(', ')}` };
    case 'not-executable':
    case 'not-found':
      return { ...failed, phase: 'spawn', reasonCode: 'spawn-error', error: outcome.outcome };
    case 'held':
    case 'unreachable':
    case 'denied':
    case 'refused':
      return undefined;
  }
}
