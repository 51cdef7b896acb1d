import type { TaskOptions } from './task_options.js';

/** Longest duration that the daemon takes: ten years. */
export const LONGEST_MS = 10 * 365 * 24 * 3_600_000;
/** What the contract takes. */
const MOST_DESCRIPTION_BYTES = 256;
const MOST_RESOURCES = 64;
const MOST_RESOURCE_BYTES = 1_024;
const MOST_PRIORITY = 100;
/** Of retries, and of failures before a restart. */
const MOST_TIMES = 1_000;

export interface RangeFault {
  readonly key: keyof TaskOptions;
  readonly message: string;
}

/** What of a task's numbers and texts is of the right type, and yet nothing that could be meant. */
export function rangeFaults(task: TaskOptions): readonly RangeFault[] {
  const { retries, restart, liveness, wait, lease, description = '' } = task;
  const resources = typeof lease === 'string' ? [lease] : (lease ?? []);
  return [
    ...spanFaults('everyMs', '', task.everyMs, 'positive'),
    ...spanFaults('timeoutMs', '', task.timeoutMs, 'positive'),
    ...spanFaults('killAfterMs', '', task.killAfterMs),
    ...spanFaults('starveAfterMs', '', task.starveAfterMs),
    ...spanFaults('wait', '', wait === 'forever' ? undefined : wait),
    ...spanFaults('retries', 'delayMs', retries?.delayMs),
    ...spanFaults('retries', 'maxDelayMs', retries?.maxDelayMs),
    ...spanFaults('restart', 'cooldownMs', restart?.cooldownMs),
    ...spanFaults('restart', 'maxCooldownMs', restart?.maxCooldownMs),
    ...spanFaults('restart', 'stableMs', restart?.stableMs),
    ...spanFaults('liveness', 'everyMs', liveness?.everyMs, 'positive'),
    ...spanFaults('liveness', 'timeoutMs', liveness?.timeoutMs, 'positive'),
    ...countFaults('retries', 'max', retries?.max, 0, MOST_TIMES),
    ...countFaults('liveness', 'failures', liveness?.failures, 1, MOST_TIMES),
    ...countFaults('priority', '', task.priority, -MOST_PRIORITY, MOST_PRIORITY),
    ...(Buffer.byteLength(description) > MOST_DESCRIPTION_BYTES
      ? [{ key: 'description', message: `has more than ${MOST_DESCRIPTION_BYTES} bytes` } as const]
      : []),
    ...(lease === undefined || (resources.length > 0 && resources.length <= MOST_RESOURCES)
      ? []
      : [{ key: 'lease', message: `must name 1 to ${MOST_RESOURCES} resources` } as const]),
    ...(resources.every(isResource)
      ? []
      : [{ key: 'lease', message: `must be 1 to ${MOST_RESOURCE_BYTES} bytes, without control characters` } as const]),
  ];
}

function isResource(resource: string): boolean {
  return resource !== '' && Buffer.byteLength(resource) <= MOST_RESOURCE_BYTES && !/\p{Cc}/u.test(resource);
}

/** Of a number of milliseconds. @param part of the key; empty: the key itself. */
function spanFaults(
  key: keyof TaskOptions,
  part: string,
  milliseconds: number | undefined,
  sign?: 'positive',
): readonly RangeFault[] {
  if (milliseconds === undefined) return [];
  const isLongEnough = sign === 'positive' ? milliseconds > 0 : milliseconds >= 0;
  if (isLongEnough && milliseconds <= LONGEST_MS) return [];
  const least = sign === 'positive' ? 'more than 0' : 'not less than 0';
  return [{ key, message: `${isOf(part)} ${milliseconds} ms; it must be ${least}, and at most 10 years` }];
}

function countFaults(
  key: keyof TaskOptions,
  part: string,
  value: number | undefined,
  least: number,
  most: number,
): readonly RangeFault[] {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return [];
  return [{ key, message: `${isOf(part)} ${value}; it must be a whole number from ${least} to ${most}` }];
}

function isOf(part: string): string {
  return part === '' ? 'is' : `has a ${part} of`;
}
