import { describeDuration } from '@tenure/client/duration-text';
import type { Schedule } from './schedule_rules.js';

/** `every 10m`, `cron 0 3 * * * Europe/Berlin`, `after kb-sync`; empty: by trigger alone. */
export function describeSchedule(schedule: Schedule): string {
  switch (schedule.kind) {
    case 'every':
      return `every ${describeDuration(schedule.everyMs)}`;
    case 'cron':
      return ['cron', schedule.pattern, schedule.timeZone ?? ''].join(' ').trim();
    case 'after':
      return `after ${schedule.tasks.join(', ')}`;
    case 'manual':
      return '';
  }
}
