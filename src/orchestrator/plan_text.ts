import { describeDuration } from '@tenure/client/duration-text';
import { completeTask } from './complete_task_rules.js';
import { comingDues, firstDue } from './schedule_rules.js';
import { describeSchedule } from './schedule_text.js';
import type { TaskOptions } from './task_options.js';
import type { TaskSpec } from './task_spec.js';

const RUNS_SHOWN = 3;

/** One task of a plan: what it is, and when it runs next. */
export interface PlannedTask {
  readonly name: string;
  readonly kind: 'heavy' | 'light' | 'service';
  readonly schedule: string;
  readonly lease: string;
  readonly command: string;
  readonly enabled: boolean;
  /** Milliseconds since 1970. */
  readonly nextRuns: readonly number[];
}

/** What the tasks would do from now on. */
export function planOf(
  tasks: readonly TaskOptions[],
  now: number,
  lastStarts: ReadonlyMap<string, number>,
): readonly PlannedTask[] {
  return tasks.map((options) => {
    const spec = completeTask(options);
    const first = spec.enabled ? firstDue(spec.schedule, now, lastStarts.get(spec.name)) : undefined;
    return {
      name: spec.name,
      kind: kindOf(spec),
      schedule: scheduleOf(spec),
      lease: leaseOf(spec),
      command: spec.work.kind === 'command' ? spec.work.commandLine.join(' ') : '(a function)',
      enabled: spec.enabled,
      nextRuns: spec.service === undefined ? comingDues(spec.schedule, first, RUNS_SHOWN) : [],
    };
  });
}

/** The plan as a table: a line a task. */
export function planText(plan: readonly PlannedTask[]): string {
  const rows = [
    ['TASK', 'KIND', 'RUNS', 'LEASE', 'NEXT', 'COMMAND'],
    ...plan.map((task) => [task.name, task.kind, task.schedule, task.lease, nextText(task), task.command]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function kindOf({ service, lease }: TaskSpec): PlannedTask['kind'] {
  if (service !== undefined) return 'service';
  return lease === undefined ? 'light' : 'heavy';
}

function scheduleOf({ service, schedule }: TaskSpec): string {
  if (service !== undefined) return 'always';
  return describeSchedule(schedule) || 'when triggered';
}

function leaseOf({ lease }: TaskSpec): string {
  if (lease === undefined) return '-';
  const wait =
    lease.wait === 'forever' ? 'waits' : lease.wait === undefined ? 'skips' : `waits ${describeDuration(lease.wait)}`;
  return `${lease.resources.join(', ')} (${wait})`;
}

function nextText({ enabled, nextRuns }: PlannedTask): string {
  if (!enabled) return 'disabled';
  return nextRuns.length === 0 ? '-' : nextRuns.map(timeText).join(', ');
}

/** `2026-05-01 03:00:00`, in the machine's own time. */
function timeText(millis: number): string {
  return new Date(millis - new Date(millis).getTimezoneOffset() * 60_000).toISOString().slice(0, 19).replace('T', ' ');
}
