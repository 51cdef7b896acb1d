import { findCycle } from '../schedule/dependency_rules.js';
import { cronFault, timeZoneFault } from '../schedule/schedule_rules.js';
import { rangeFaults } from './range_fault_rules.js';
import type { TaskOptions } from './task_options.js';

/** What is wrong with a task, and at which of its keys. */
export interface TaskFault {
  readonly task: string;
  /** Undefined: the task as a whole. */
  readonly key: keyof TaskOptions | undefined;
  readonly message: string;
  /** The key without which it is a fault. */
  readonly misses?: keyof TaskOptions;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/;
/** Variables that say under what a command runs: only the orchestrator sets them. */
const RESERVED_VARIABLES = ['TENURE_LEASES', 'TENURE_TASK_RUN_ID', 'TENURE_TASK'] as const;

const NAME_IS = 'must be 1 to 128 letters, digits and . _ - : /, a letter or digit first';

/** What is wrong with an orchestrator's id, which names a folder, too; undefined: nothing. */
export function idFault(id: string): string | undefined {
  return NAME.test(id) ? undefined : NAME_IS;
}

/** All that is wrong with tasks beyond the types of their values. */
export function taskFaults(tasks: readonly TaskOptions[]): readonly TaskFault[] {
  const names = new Map(tasks.map((task) => [task.name, task]));
  const faults = tasks.flatMap((task) => faultsOf(task, names));
  const doubled = tasks.filter((task, at) => tasks.findIndex(({ name }) => name === task.name) < at);
  for (const { name } of doubled) faults.push({ task: name, key: 'name', message: 'is the name of another task' });
  const cycle = findCycle(new Map(tasks.map(({ name, after }) => [name, after ?? []])));
  if (cycle !== undefined) {
    const [first = ''] = cycle;
    faults.push({ task: first, key: 'after', message: `leads back to itself: ${cycle.join(' after ')}` });
  }
  return faults;
}

function faultsOf(task: TaskOptions, names: ReadonlyMap<string, TaskOptions>): TaskFault[] {
  const faults: TaskFault[] = [];
  const add = (key: keyof TaskOptions | undefined, message: string) => faults.push({ task: task.name, key, message });
  const misplaced = (key: keyof TaskOptions, misses: keyof TaskOptions, message: string) => {
    if (task[key] !== undefined) faults.push({ task: task.name, key, message, misses });
  };

  if (!NAME.test(task.name)) add('name', NAME_IS);
  if (task.command !== undefined && task.run !== undefined) {
    add(undefined, 'has a command and a function; give one of them');
  } else if (task.command === undefined && task.run === undefined) {
    faults.push({ task: task.name, key: undefined, message: 'needs a command', misses: 'command' });
  }
  const schedules = (['everyMs', 'cron', 'after'] as const).filter((key) => task[key] !== undefined);
  if (schedules.length > 1) add(schedules[1], 'is one schedule too many; give one of every, cron and after');
  if (task.cron !== undefined) {
    const fault = cronFault(task.cron);
    if (fault !== undefined) add('cron', fault);
  } else {
    misplaced('timeZone', 'cron', 'belongs to cron, which is not given');
    misplaced('catchUp', 'cron', 'belongs to cron, which is not given');
  }
  if (task.timeZone !== undefined) {
    const fault = timeZoneFault(task.timeZone);
    if (fault !== undefined) add('timeZone', fault);
  }
  for (const name of task.after ?? []) {
    const needed = names.get(name);
    if (needed === undefined) add('after', `names ${name}, which is no task`);
    else if (needed.service === true) add('after', `names ${name}, which is a service and has no end`);
  }
  if (task.lease === undefined) {
    misplaced('wait', 'lease', 'belongs to a lease, and there is none');
    misplaced('priority', 'lease', 'belongs to a lease, and there is none');
    misplaced('yieldSignal', 'lease', 'belongs to a lease, and there is none');
  }
  for (const variable of RESERVED_VARIABLES) {
    if (task.env?.[variable] !== undefined)
      add('env', `must not set ${variable}: it would let the task run where it may not`);
  }
  for (const { key, message } of rangeFaults(task)) add(key, message);
  return [...faults, ...serviceFaults(task, schedules)];
}

function serviceFaults(task: TaskOptions, schedules: readonly (keyof TaskOptions)[]): TaskFault[] {
  const fault = (key: keyof TaskOptions, message: string): TaskFault => ({ task: task.name, key, message });
  const { liveness } = task;
  if (task.service !== true) {
    const alone = (['restart', 'liveness'] as const).filter((key) => task[key] !== undefined);
    return alone.map((key) => ({ ...fault(key, 'belongs to a service; say service: true'), misses: 'service' }));
  }
  const foreign = [...schedules, ...(['timeoutMs', 'retries', 'overlap', 'onSuccess'] as const)];
  return [
    ...foreign.filter((key) => task[key] !== undefined).map((key) => fault(key, 'has no meaning for a service')),
    ...(task.run === undefined ? [] : [fault('run', 'can’t be a service; a service is a command')]),
    ...(liveness !== undefined && (liveness.command === undefined) === (liveness.http === undefined)
      ? [fault('liveness', 'needs a command or an http address, one of them')]
      : []),
  ];
}
