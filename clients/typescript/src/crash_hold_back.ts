import { readFileSync } from 'node:fs';
import type { DaemonRecord } from './discovery.js';
import { type TenureError, unreachable } from './errors.js';

/** Longer than a daemon is ever held back: a time beyond it comes from a clock that was wrong. */
const LONGEST_HOLD_BACK_MS = 10 * 60_000;

/** What is known of a daemon that crashes again and again. */
export interface HeldBack {
  /** In a row, each soon after the start. */
  readonly crashes: number;
  /** Wall clock, milliseconds. */
  readonly untilMs: number;
}

/** Whether the daemon that left this record must not be started yet; undefined: it may be. */
export function heldBack(
  record: DaemonRecord | undefined,
  nowMs: number = Date.now(),
  bootId: string | undefined = currentBoot(),
): HeldBack | undefined {
  if (record?.restartNotBefore === undefined || record.stopped === true || record.bootId !== bootId) {
    return undefined;
  }
  const untilMs = Date.parse(record.restartNotBefore);
  const waits = untilMs > nowMs && untilMs - nowMs <= LONGEST_HOLD_BACK_MS;
  return waits ? { crashes: (record.crashesInARow ?? 0) + 1, untilMs } : undefined;
}

/** The error of a daemon that is not started because it would crash again. */
export function crashesAgain({ crashes, untilMs }: HeldBack): TenureError {
  const seconds = Math.max(1, Math.ceil((untilMs - Date.now()) / 1_000));
  return unreachable(
    `the daemon has crashed ${crashes} times in a row, each time soon after its start; ` +
      `it is started again in ${seconds} s at the earliest, or at once by \`tenure daemon start\``,
    { metadata: { crashes_in_a_row: String(crashes), restart_not_before: new Date(untilMs).toISOString() } },
  );
}

function currentBoot(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return undefined;
  }
}
