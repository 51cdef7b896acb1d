import { type AcquireOutcome, type Client, currentTaskRun, type LeaseOptions } from '@tenure/client';
import { warn } from '../output.js';
import { printable } from '../style.js';
import type { RunOutcome } from './outcome.js';
import { type GuardedCommand, runGuarded } from './run_guarded.js';
import { TaskRecord } from './task_record.js';
import type { WaitLine } from './wait_line.js';

export interface RunRequest {
  readonly lease: LeaseOptions;
  readonly resources: readonly string[];
  readonly command: GuardedCommand;
  /** The task that the command is recorded as a run of. */
  readonly task: string | undefined;
  readonly waitLine: WaitLine;
  /** Told of a lease that is held, for the message. */
  readonly onHeld: (held: Extract<AcquireOutcome, { outcome: 'held' }>) => void;
}

/** Acquires, runs the command under the leases, and gives them back. */
export async function run(client: Client, request: RunRequest): Promise<RunOutcome> {
  // What a run of the task has as its command is that run: whoever started it records it.
  const isThatRun = currentTaskRun()?.task === request.task;
  if (request.task === undefined || isThatRun) return await runUnrecorded(client, request, undefined);
  const record = new TaskRecord(client, request.task, request.resources);
  const environment = record.environment(request.command.environment);
  try {
    const recorded = { ...request, command: { ...request.command, environment } };
    const outcome = await runUnrecorded(client, recorded, record);
    record.ended(outcome);
    return outcome;
  } catch (error) {
    record.failed(error);
    throw error;
  } finally {
    await record.settled();
  }
}

async function runUnrecorded(client: Client, request: RunRequest, record: TaskRecord | undefined): Promise<RunOutcome> {
  let acquired: AcquireOutcome;
  try {
    acquired = await client.hold().acquire({
      ...request.lease,
      onQueue: (update) => {
        request.waitLine.update(update);
        record?.waits(update);
      },
    });
  } finally {
    request.waitLine.clear();
  }
  if (acquired.outcome === 'held') {
    request.onHeld(acquired);
    record?.held(acquired);
    return { outcome: 'held' };
  }
  for (const resource of acquired.staleInheritance) {
    warn(`tenure: the lease on ${printable(resource)} that a parent handed down has ended; took a new one`);
  }
  const { leases } = acquired;
  return await runGuarded(client, leases, request.command, (pid) => record?.started(pid, leases));
}
