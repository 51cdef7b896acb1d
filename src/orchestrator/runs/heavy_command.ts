import { isTenureError, LeaseLostError } from '@tenure/client';
import { type LeasedOutcome, type LeaseNews, runUnderLeases } from '@tenure/client/command';
import type { CommandWork, LeasePart } from '../config/task_spec.js';
import { environmentOf } from './child_environment.js';
import { endedByUs, endOfExit } from './end_rules.js';
import { findCommand } from './find_command.js';
import { acquireFor, wishOf } from './heavy_lease.js';
import { failed, messageOf, type RunEnd } from './run_end.js';
import type { RunParts } from './run_parts.js';
import type { TaskRun } from './task_run.js';
import type { WorkControl } from './work_control.js';
import { CommandYield } from './yielding.js';

/**
 * Runs a command under its lease: taken before it is spawned, given back in
 * every end, and kept by the command itself should the orchestrator be killed.
 */
export async function runHeavyCommand(
  parts: RunParts,
  run: TaskRun,
  work: CommandWork,
  lease: LeasePart,
  control: WorkControl,
): Promise<RunEnd> {
  const { spec } = run;
  const environment = environmentOf(run, parts.environment);
  const [name, ...args] = work.commandLine;
  const found = findCommand(work.commandLine, environment, work.cwd);
  if ('fault' in found) return failed('spawn-error', 'spawn', found.fault);

  // Its output first: a disk that takes none must not leave a lease behind.
  return await parts.outputs.use(spec.name, async (standardFds) => {
    const wish = wishOf(run, lease, control, { liveness: 'process', handover: 'terminate' });
    const acquired = await acquireFor(parts, run, wish, control);
    if ('end' in acquired) return acquired.end;
    const { client, leases } = acquired;
    const yielding = new CommandYield(parts, run);
    try {
      const ended = await runUnderLeases({
        client,
        leases,
        command: {
          command: name.startsWith('-') ? found.path : name,
          args,
          environment: { ...environment, ...yielding.environment },
          cwd: work.cwd,
          standardFds,
          ownGroup: true,
          killAfterMs: spec.killAfterMs,
        },
        onStart: ({ pid, life }) => {
          parts.lives.add(life);
          const isOver = () => {
            parts.lives.delete(life);
            run.leaves();
          };
          life.exited.then(isOver, isOver);
          yielding.watch(client.hold(), leases, control, pid);
          control.watch(life, spec.killAfterMs);
          control.startTime(parts.clock, spec.timeoutMs);
          run.running({ leaseIds: leases.map((one) => one.lease.leaseId), pid });
        },
        onNews: (news) => parts.tell({ kind: 'notice', level: 'warn', text: newsOf(spec.name, news) }),
      });
      await control.close();
      return endOf(ended, control);
    } catch (error) {
      if (control.endedFor !== undefined) return endedByUs(control.endedFor);
      if (error instanceof LeaseLostError) return failed('lease-lost', 'spawn', error.message);
      if (isTenureError(error)) return failed('lease-acquire-error', 'spawn', error.message);
      throw error;
    } finally {
      yielding.close();
    }
  });
}

function endOf(ended: LeasedOutcome, control: WorkControl): RunEnd {
  switch (ended.outcome) {
    case 'exited':
      return endOfExit(ended.exit, control.endedFor, control.yieldAskedBy);
    case 'lost':
      return failed('lease-lost', 'child-process', `the lease on ${ended.resources.join(', ')} was lost`);
    case 'not-started':
      return failed('spawn-error', 'spawn', messageOf(ended.error));
  }
}

function newsOf(task: string, news: LeaseNews): string {
  switch (news.kind) {
    case 'lost':
      return `${task}: ${news.error.message}; ending the command`;
    case 'away':
      return 'the daemon is away; what runs under a lease goes on';
    case 'ended-before':
      return `${task}: the lease on ${news.resource} ended before it did`;
    case 'left-unknown':
      return `${task} left a process that the daemon does not know`;
  }
}
