import { basename } from 'node:path';
import {
  AttachRole,
  type Blocker,
  currentTaskRun,
  durationToMillis,
  type Holder,
  type Lease,
  type LeaseHeld,
  LeaseMode,
  LeaseState,
  TASK_RUN_LABEL,
  timestampToDate,
  type Waiter,
  type YieldRequest,
} from '@tenure/client';
import { describeDuration } from '@tenure/client/duration-text';
import { printable } from '../style.js';

/** `pid 812 npm run sync-kb`: the registered command, else who asked. */
export function describeHolder(lease: Lease): string {
  const command = lease.attached.find((one) => one.role === AttachRole.COMMAND);
  if (command !== undefined) return `pid ${command.pid} ${printable(command.command)}`;
  const living = lease.attached.find((one) => one.role === AttachRole.HOLDER) ?? lease.attached[0];
  if (living !== undefined && living.pid !== lease.holder?.pid) return `pid ${living.pid} ${printable(living.command)}`;
  return lease.attached.length === 0 ? `client ${printable(lease.clientId)}` : describeProcess(lease.holder);
}

/** `pid 812 node sync.js`. */
export function describeProcess(holder: Holder | undefined): string {
  if (holder === undefined || holder.pid === 0) return 'an unknown process';
  const words = [basename(holder.executable), basename(holder.script)].filter((word) => word !== '');
  return ['pid', String(holder.pid), ...words.map(printable)].join(' ');
}

/** `4m left`, `while it runs`. */
export function describeRemaining(lease: Lease): string {
  if (lease.state === LeaseState.DRAINING) return 'draining';
  if (lease.remainingTtl === undefined) return 'while it runs';
  // Whole seconds that have begun: a lease of 5m just granted has 5m left.
  const seconds = Math.ceil(durationToMillis(lease.remainingTtl) / 1_000);
  return `${describeDuration(seconds * 1_000)} left`;
}

/** `3m 2s ago`. */
export function describeAge(time: Lease['acquireTime'], nowMs: number): string {
  return time === undefined ? '' : `${describeDuration(nowMs - timestampToDate(time).getTime())} ago`;
}

/** `asked to yield by pid 812 node release.js 3s ago: "a release is due"`. */
export function describeYield({ requester, reason, requestTime }: YieldRequest, nowMs: number): string {
  const why = reason === '' ? '' : `: "${printable(reason)}"`;
  return `asked to yield by ${describeProcess(requester)} ${describeAge(requestTime, nowMs)}${why}`;
}

export function describeBlocker(blocker: Blocker): string {
  switch (blocker.blocker?.$case) {
    case 'lease': {
      const lease = blocker.blocker.value;
      const how = lease.state === LeaseState.DRAINING ? 'being left by' : 'held by';
      const shared = lease.mode === LeaseMode.SHARED ? ', shared' : '';
      return `${how} ${describeHolder(lease)} (${describeRemaining(lease)}${shared})`;
    }
    case 'waiter':
      return `wanted before by ${describeWaiter(blocker.blocker.value)}`;
    case undefined:
      return 'held';
  }
}

export function describeWaiter(waiter: Waiter): string {
  return describeProcess(waiter.holder);
}

/** `held by pid 812 npm run sync-kb (4m left), 3 waiting`. */
export function describeHeld(held: LeaseHeld): string {
  const [first] = held.blockers;
  // Waiters among the blockers are in the queue's length.
  const others = held.blockers.slice(1).filter(({ blocker }) => blocker?.$case === 'lease').length;
  const more = others === 0 ? '' : `, and ${others} more ${others === 1 ? 'holder' : 'holders'}`;
  const waiting = held.queueLength > 0 ? `, ${held.queueLength} waiting` : '';
  if (first === undefined) return held.withheldForSet ? 'free, but not all resources are' : `held${waiting}`;
  return `${describeBlocker(first)}${more}${waiting}`;
}

/**
 * Whether a lease of an ancestor is in the way. One that is held for another
 * run of a task is none: an orchestrator's function holds it, and its light
 * tasks are children of the same process.
 */
export function isAncestors(
  { ancestorLeaseId, blockers }: LeaseHeld,
  environment: NodeJS.ProcessEnv = process.env,
): boolean {
  if (ancestorLeaseId === '') return false;
  const forRuns = blockers.flatMap(({ blocker }) =>
    blocker?.$case === 'lease' && blocker.value.leaseId === ancestorLeaseId
      ? (blocker.value.metadata.get(TASK_RUN_LABEL) ?? [])
      : [],
  );
  const own = currentTaskRun(environment);
  return own === undefined || forRuns.every((runId) => runId === own.runId);
}

/** What to do when a lease of an ancestor is in the way; undefined where none is. */
export function ancestorHint(held: LeaseHeld, inherit: boolean): string | undefined {
  if (!isAncestors(held)) return undefined;
  const why = inherit
    ? 'TENURE_LEASES was lost on the way (sudo, ssh, env -i?); hand it on'
    : '--no-inherit does not use it';
  return `a parent of this process holds it (lease ${held.ancestorLeaseId}): ${why}`;
}
