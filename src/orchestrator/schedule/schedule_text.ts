import { describeDuration } from '@tenure/client/duration-text';
import type { Schedule } from './schedule_rules.js';

/** `10m`, and where that would say less than it is, `1500ms`. */
export function describeSpan(milliseconds: number): string {
  return milliseconds % 1_000 === 0 ? describeDuration(milliseconds) : `${milliseconds}ms`;
}

/** `every 10m`, `cron 0 3 * * * Europe/Berlin`, `after kb-sync`; empty: by trigger alone. */
export function describeSchedule(schedule: Schedule): string {
  switch (schedule.kind) {
    case 'every':
      return `every ${describeSpan(schedule.everyMs)}`;
    case 'cron':
      return ['cron', schedule.pattern, schedule.timeZone ?? ''].join(' ').trim();
    case 'after':
      return `after ${schedule.tasks.join(', ')}`;
    case 'manual':
      return '';
  }
}
