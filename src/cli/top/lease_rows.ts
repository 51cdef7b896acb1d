import { durationToMillis, LeaseLiveness, LeaseMode, LeaseState, type Queue, timestampToDate } from '@tenure/client';
import { describeDuration } from '@tenure/client/duration-text';
import type { Column } from '../column_rules.js';
import { describeHolder } from '../lease/lease_text.js';
import { byName } from '../name_order.js';
import { printable } from '../style.js';
import type { LeaseEntry, LiveState, Now } from './live_state.js';
import { type Cell, cell, type Row } from './rows.js';

export const LEASE_COLUMNS: readonly Column[] = [
  { title: 'RESOURCE', least: 16, most: 80, rank: 9 },
  { title: 'MODE', least: 6, most: 9, rank: 3 },
  { title: 'HELD BY', least: 18, most: 60, rank: 8 },
  { title: 'AGE', least: 7, most: 8, rank: 6, align: 'right' },
  { title: 'LEFT', least: 8, most: 8, rank: 5, align: 'right' },
  { title: 'WAIT', least: 4, most: 6, rank: 7, align: 'right' },
  { title: 'LEASE', least: 11, most: 14, rank: 1 },
  { title: 'REASON', least: 12, most: 80, rank: 2 },
];

export const LEASE_SORTS = ['resource', 'age', 'left', 'waiters', 'holder'] as const;
export type LeaseSort = (typeof LEASE_SORTS)[number];

/** A lease, or a queue on a resource that nobody holds. */
interface LeaseLine {
  readonly key: string;
  readonly resource: string;
  readonly mode: string;
  readonly holder: string;
  readonly ageMs: number | undefined;
  /** Infinity where it has no end. */
  readonly leftMs: number;
  readonly left: string;
  readonly waiters: number;
  readonly leaseId: string;
  readonly reason: string;
  readonly client: string;
  readonly draining: boolean;
}

export function leaseRows(state: LiveState, sort: LeaseSort, now: Now): Row[] {
  const held = new Set<string>();
  const lines = [...state.leases.values()].map((entry) => {
    held.add(entry.lease.resource);
    return leaseLine(entry, state.queues.get(entry.lease.resource)?.length ?? 0, now);
  });
  for (const queue of state.queues.values()) if (!held.has(queue.resource)) lines.push(queueLine(queue));
  return lines.sort((a, b) => compare(a, b, sort) || byName(a.resource, b.resource) || byText(a.key, b.key)).map(rowOf);
}

function leaseLine(entry: LeaseEntry, waiters: number, now: Now): LeaseLine {
  const { lease } = entry;
  const { acquireTime, mode, capacity } = lease;
  const exclusive = capacity > 1 ? `1 of ${capacity}` : 'excl';
  return {
    key: lease.leaseId,
    resource: printable(lease.resource),
    mode: mode === LeaseMode.SHARED ? 'shared' : exclusive,
    holder: describeHolder(lease),
    ageMs: acquireTime === undefined ? undefined : Math.max(0, now.wallMs - timestampToDate(acquireTime).getTime()),
    ...leftOf(entry, now),
    waiters,
    leaseId: lease.leaseId,
    reason: printable(lease.reason),
    client: printable(lease.clientId),
    draining: lease.state === LeaseState.DRAINING,
  };
}

/** Somebody waits for a set of resources, of which this one is free. */
function queueLine({ resource, length }: Queue): LeaseLine {
  const nobody = { mode: '', holder: 'nobody yet', ageMs: undefined, leftMs: Number.POSITIVE_INFINITY, left: '' };
  const none = { leaseId: '', reason: '', client: '', draining: false };
  return { key: `queue ${resource}`, resource: printable(resource), ...nobody, waiters: length, ...none };
}

/** A holder that renews by itself has no end that is worth counting down to, but for its longest hold. */
function leftOf({ lease, deadlineMs, toldMs }: LeaseEntry, now: Now): { leftMs: number; left: string } {
  const never = Number.POSITIVE_INFINITY;
  if (lease.state === LeaseState.DRAINING) return { leftMs: never, left: 'draining' };
  if (lease.liveness === LeaseLiveness.HOLD) {
    const { maxHold, acquireTime } = lease;
    if (maxHold === undefined || acquireTime === undefined) return { leftMs: never, left: 'renewed' };
    const heldMs = now.wallMs - timestampToDate(acquireTime).getTime();
    return counted(durationToMillis(maxHold) - heldMs);
  }
  if (deadlineMs === undefined) return { leftMs: never, left: 'runs' };
  return counted(deadlineMs - Math.max(now.steadyMs, toldMs));
}

/** In whole seconds that have begun. */
function counted(leftMs: number): { leftMs: number; left: string } {
  return { leftMs, left: leftMs <= 0 ? '0s' : describeDuration(Math.ceil(leftMs / 1_000) * 1_000) };
}

function compare(a: LeaseLine, b: LeaseLine, sort: LeaseSort): number {
  switch (sort) {
    case 'resource':
      return byName(a.resource, b.resource);
    case 'age':
      return (b.ageMs ?? 0) - (a.ageMs ?? 0);
    case 'left':
      return a.leftMs === b.leftMs ? 0 : a.leftMs - b.leftMs;
    case 'waiters':
      return b.waiters - a.waiters;
    case 'holder':
      return byText(a.holder, b.holder);
  }
}

export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function rowOf(line: LeaseLine): Row {
  const { resource, mode, holder, ageMs, left, waiters, leaseId, reason, draining } = line;
  const cells: Cell[] = [
    cell(resource, 'bold'),
    cell(mode, 'dim'),
    cell(holder),
    cell(ageMs === undefined ? '' : describeDuration(ageMs)),
    cell(left, draining ? 'yellow' : line.leftMs < 10_000 ? 'red' : undefined),
    cell(waiters === 0 ? '' : String(waiters), 'yellow'),
    cell(leaseId, 'dim'),
    cell(reason),
  ];
  const words = [resource, mode, holder, line.client, leaseId, reason].join('\n').toLowerCase();
  return { key: line.key, cells, words };
}
