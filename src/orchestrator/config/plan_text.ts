import { findCommand } from '../runs/find_command.js';
import { comingDues, firstDue } from '../schedule/schedule_rules.js';
import { describeSchedule, describeSpan } from '../schedule/schedule_text.js';
import { completeTask } from './complete_task_rules.js';
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
  /** Why its command could not be started now; empty: it could. */
  readonly fault: string;
  /** In which its times are said; undefined: the machine's. */
  readonly timeZone: string | undefined;
  /** Milliseconds since 1970. */
  readonly nextRuns: readonly number[];
}

/** What the tasks would do from now on. */
export function planOf(
  tasks: readonly TaskOptions[],
  now: number,
  lastStarts: ReadonlyMap<string, number>,
  environment: NodeJS.ProcessEnv,
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
      fault: faultOf(spec, environment),
      timeZone: spec.schedule.kind === 'cron' ? spec.schedule.timeZone : undefined,
      nextRuns: spec.service === undefined ? comingDues(spec.schedule, first, RUNS_SHOWN) : [],
    };
  });
}

function faultOf({ work }: TaskSpec, environment: NodeJS.ProcessEnv): string {
  if (work.kind !== 'command') return '';
  const found = findCommand(work.commandLine, { ...environment, ...work.env }, work.cwd);
  return 'fault' in found ? found.fault : '';
}

/** The plan as a table: a line a task, and below it what could not be started now. */
export function planText(plan: readonly PlannedTask[]): string {
  const rows = [
    ['TASK', 'KIND', 'RUNS', 'LEASE', 'NEXT', 'COMMAND'],
    ...plan.map((task) => [task.name, task.kind, task.schedule, task.lease, nextText(task), oneLine(task.command)]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const faults = plan.filter(({ fault }) => fault !== '').map(({ name, fault }) => `${name}: ${fault}`);
  return [...lines, ...(faults.length === 0 ? [] : ['', ...faults])].join('\n');
}

/** A script among the arguments may have many lines. */
function oneLine(command: string): string {
  return command.replace(/[\s\p{Cc}]+/gu, ' ');
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
    lease.wait === 'forever' ? 'waits' : lease.wait === undefined ? 'skips' : `waits ${describeSpan(lease.wait)}`;
  return `${lease.resources.join(', ')} (${wait})`;
}

function nextText({ enabled, nextRuns, timeZone }: PlannedTask): string {
  if (!enabled) return 'disabled';
  return nextRuns.length === 0 ? '-' : nextRuns.map((millis) => timeText(millis, timeZone)).join(', ');
}

/** `2026-05-01 03:00:00 +02:00`: the time of the zone, or else of the machine, and how far ahead of UTC that is. */
function timeText(millis: number, timeZone: string | undefined): string {
  const named = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }).formatToParts(millis);
  // `GMT+02:00`; of UTC itself `GMT`.
  const offset = named.find(({ type }) => type === 'timeZoneName')?.value.slice('GMT'.length) || '+00:00';
  const aheadMs = -Date.parse(`1970-01-01T00:00:00${offset}`);
  return `${new Date(millis + aheadMs).toISOString().slice(0, 19).replace('T', ' ')} ${offset}`;
}
