import { AttachRole, Handover, type Lease, LeaseLiveness, LeaseMode, LeaseState } from '@tenure/client';
import { enumWord, timestampJson } from '../json_values.js';
import { printable, style } from '../style.js';
import { table } from '../table.js';
import { describeAge, describeProcess, describeRemaining, describeYield } from './lease_text.js';

/** All that a person may want to know of one lease, a line a field. */
export function describeLease(lease: Lease, nowMs: number): string {
  const rows: [string, string][] = [
    ['resource', style('bold', printable(lease.resource))],
    ['lease', lease.leaseId],
    ['state', enumWord(LeaseState, lease.state)],
    ['mode', describeMode(lease)],
    ['kept by', enumWord(LeaseLiveness, lease.liveness)],
    ['held by', describeProcess(lease.holder)],
    ['in', printable(lease.holder?.cwd ?? '')],
    ['client', printable(lease.clientId)],
    ['since', describeAge(lease.acquireTime, nowMs)],
    ['left', describeRemaining(lease)],
    ['until', lease.expireTime === undefined ? '' : timestampJson(lease.expireTime)],
    ['fencing token', lease.fencingToken.toString()],
    ['handover', enumWord(Handover, lease.handover)],
    ['reason', printable(lease.reason)],
  ];
  if (lease.yieldRequest !== undefined) rows.push(['wish', describeYield(lease.yieldRequest, nowMs)]);
  for (const one of lease.attached) {
    rows.push(['attached', `pid ${one.pid} ${printable(one.command)} (${enumWord(AttachRole, one.role)})`]);
  }
  for (const [key, value] of lease.metadata) rows.push(['label', `${printable(key)}=${printable(value)}`]);
  return table(rows.filter(([, value]) => value !== ''));
}

function describeMode(lease: Lease): string {
  const word = enumWord(LeaseMode, lease.mode);
  return lease.mode === LeaseMode.EXCLUSIVE && lease.capacity > 1 ? `${word}, one of ${lease.capacity}` : word;
}
