import { readFileSync } from 'node:fs';
import { describeDuration } from '@tenure/client/duration-text';
import type { Facts } from '../facts.js';
import { type Check, type Finding, fault, note, ok } from '../finding.js';
import { bootSeconds, clockSetMs } from './clock_rules.js';

/** Older than any Tenure: a machine without a battery for its clock. */
const EARLIEST_MS = Date.parse('2025-01-01T00:00:00Z');
/** A daemon on a starved machine may take long to note its start. */
const TOLERANCE_MS = 60_000;

export const clockCheck: Check = {
  id: 'clock',
  looksAt: 'the wall clock: that it is set, and whether it jumped while the daemon ran',
  examine(facts) {
    const now = new Date(facts.nowMs);
    if (facts.nowMs < EARLIEST_MS) {
      return [
        fault(
          `the clock says ${now.toISOString()}`,
          'set it (timedatectl set-ntp true): audit entries and TTLs across reboots rest on it',
        ),
      ];
    }
    return [jumpFinding(facts) ?? ok(`${now.toISOString()}, no jump seen`)];
  },
};

/** Leases in force are on a clock that nobody sets; what is written with the time of day is not. */
function jumpFinding({ running, location }: Facts): Finding | undefined {
  const notedMs = Date.parse(location.record?.startTime ?? '');
  const boot = bootSeconds(readFileSync('/proc/stat', 'utf8'));
  if (running === undefined || boot === undefined || Number.isNaN(notedMs)) return undefined;
  const setMs = clockSetMs({ notedMs, ticks: running.startTicks, bootSeconds: boot });
  if (Math.abs(setMs) < TOLERANCE_MS) return undefined;
  const way = setMs > 0 ? 'forward' : 'back';
  return note(
    `the clock was set ${way} by ${describeDuration(setMs)} since the daemon's start; leases are not affected, times in the audit log are`,
  );
}
