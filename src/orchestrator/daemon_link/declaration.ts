import { type DeclareTasksFields, durationFromMillis, TaskKind, timestampFromDate } from '@tenure/client';
import type { TaskSpec } from '../config/task_spec.js';
import { describeSchedule } from '../schedule/schedule_text.js';

/** What the daemon is told of a task. */
export function declarationOf(spec: TaskSpec, due: number | undefined): DeclareTasksFields['tasks'][number] {
  const { name, description, schedule, lease, enabled, starveAfterMs } = spec;
  return {
    name,
    description,
    kind: kindOf(spec),
    schedule: spec.service === undefined ? shortened(describeSchedule(schedule)) : '',
    resources: [...(lease?.resources ?? [])],
    priority: lease?.priority ?? 0,
    enabled,
    starveAfter: starveAfterMs === undefined ? undefined : durationFromMillis(starveAfterMs),
    nextRunTime: due === undefined ? undefined : timestampFromDate(new Date(due)),
  };
}

/** The contract takes 256 bytes; what a schedule is made of is ASCII. */
function shortened(text: string): string {
  return text.length <= 256 ? text : `${text.slice(0, 253)}...`;
}

function kindOf({ service, lease }: TaskSpec): TaskKind {
  if (service !== undefined) return TaskKind.SERVICE;
  return lease === undefined ? TaskKind.LIGHT : TaskKind.HEAVY;
}
