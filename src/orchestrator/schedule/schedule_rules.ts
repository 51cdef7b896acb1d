import { Cron } from 'croner';

/** When a task runs. */
export type Schedule =
  | { readonly kind: 'every'; readonly everyMs: number }
  | {
      readonly kind: 'cron';
      readonly pattern: string;
      /** An IANA name; undefined: the machine's. */
      readonly timeZone: string | undefined;
      /** Whether a time that passed while nobody looked is made up for, once. */
      readonly catchUp: boolean;
    }
  | { readonly kind: 'after'; readonly tasks: readonly string[] }
  | { readonly kind: 'manual' };

/** Up to it a clock is corrected, beyond it is set to another time: three hours, as cron has it. */
const SMALL_SET_BACK_MS = 3 * 3_600_000;

/**
 * When a task is due for the first time since the orchestrator began to look.
 * Of all that passed before, at most one run is made up for.
 *
 * @param lastStart when it last started, as far as is known.
 */
export function firstDue(schedule: Schedule, now: number, lastStart: number | undefined): number | undefined {
  switch (schedule.kind) {
    case 'every':
      // A start in the future is that of a clock which has been set back.
      return lastStart === undefined ? now : Math.max(now, Math.min(lastStart, now) + schedule.everyMs);
    case 'cron': {
      const missed = schedule.catchUp && lastStart !== undefined ? nextOfCron(schedule, lastStart) : undefined;
      return missed !== undefined && missed <= now ? now : nextOfCron(schedule, now);
    }
    case 'after':
    case 'manual':
      return undefined;
  }
}

/** When it is due next, once it was due: always later than now. Times that were missed in between are one. */
export function nextDue(schedule: Schedule, due: number, now: number): number | undefined {
  switch (schedule.kind) {
    case 'every': {
      const { everyMs } = schedule;
      return due + everyMs * Math.max(1, Math.floor((now - due) / everyMs) + 1);
    }
    case 'cron':
      return nextOfCron(schedule, now);
    case 'after':
    case 'manual':
      return undefined;
  }
}

/**
 * When it is due, where that may have been said by a clock that was set back
 * since: no task stops until that clock's time has come again.
 *
 * @param setBackMs by how much it was set back since it was looked at last.
 */
export function dueAfterSetBack(schedule: Schedule, due: number, now: number, setBackMs: number): number | undefined {
  switch (schedule.kind) {
    case 'every':
      return Math.min(due, now + schedule.everyMs);
    case 'cron':
      // A small correction must not bring back a time that has had its run.
      return setBackMs > SMALL_SET_BACK_MS ? nextOfCron(schedule, now) : due;
    case 'after':
    case 'manual':
      return due;
  }
}

/** The next so many times, for people. */
export function comingDues(schedule: Schedule, first: number | undefined, count: number): readonly number[] {
  const dues: number[] = [];
  for (let due = first; due !== undefined && dues.length < count; due = nextDue(schedule, due, due)) dues.push(due);
  return dues;
}

/** What is wrong with a pattern; undefined: nothing. */
export function cronFault(pattern: string): string | undefined {
  try {
    return nextOfCron({ pattern, timeZone: 'UTC' }, 0) === undefined ? 'never comes' : undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return `is no cron pattern (${message.replace(/^CronPattern: /, '')})`;
  }
}

/** What is wrong with a time zone; undefined: nothing. */
export function timeZoneFault(timeZone: string): string | undefined {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return undefined;
  } catch {
    return `is no time zone (${timeZone}); write one such as Europe/Berlin or UTC`;
  }
}

function nextOfCron(cron: { readonly pattern: string; readonly timeZone: string | undefined }, after: number) {
  const { pattern, timeZone } = cron;
  const options = { paused: true, mode: '5-or-6-parts', ...(timeZone === undefined ? {} : { timezone: timeZone }) };
  return new Cron(pattern, { ...options, mode: '5-or-6-parts' }).nextRun(new Date(after))?.getTime();
}
