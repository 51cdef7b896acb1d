import type { ExplainResourceResponse, Lease, Waiter } from '@tenure/client';
import { printable, style } from '../style.js';
import { table } from '../table.js';
import { describeAge, describeHolder, describeRemaining, describeWaiter, describeYield } from './lease_text.js';

/** All that is known of a resource, section by section. */
export function describeResource(resource: string, explained: ExplainResourceResponse, nowMs: number): string {
  const lines = [style('bold', `${printable(resource)}: ${summarize(explained)}`)];
  const section = (title: string, rows: string[][]) => {
    if (rows.length > 0)
      lines.push('', style('bold', title), table(rows.map(([first = '', ...rest]) => [`  ${first}`, ...rest])));
  };
  section(
    'Held by',
    explained.holders.flatMap((lease) => leaseRows(lease, nowMs)),
  );
  section(
    'Being left by',
    explained.draining.flatMap((lease) => leaseRows(lease, nowMs)),
  );
  section(
    'Waiting',
    explained.queue.map((waiter) => waiterRow(waiter, explained, nowMs)),
  );
  section(
    'Also running below it (found, not registered)',
    explained.strays.map((stray) => [`pid ${stray.pid} ${printable(stray.command)}`, `lease ${stray.leaseId}`]),
  );
  if (explained.policyPattern !== '') lines.push('', `policy: ${printable(explained.policyPattern)}`);
  return lines.join('\n');
}

/** `held by pid 812 npm run sync-kb, 3 waiting`. */
function summarize({ holders, draining, queue, capacity }: ExplainResourceResponse): string {
  const [holder] = holders;
  const waiting = queue.length > 0 ? `, ${queue.length} waiting` : '';
  const places = capacity > 1 ? ` (${holders.length} of ${capacity} places)` : '';
  if (holder !== undefined) {
    const more = holders.length > 1 ? ` and ${holders.length - 1} more` : '';
    return `held by ${describeHolder(holder)}${more}${places}${waiting}`;
  }
  return `${draining.length > 0 ? 'being left' : 'free'}${places}${waiting}`;
}

function leaseRows(lease: Lease, nowMs: number): string[][] {
  const reason = lease.reason === '' ? '' : `"${printable(lease.reason)}"`;
  const row = [
    describeHolder(lease),
    describeAge(lease.acquireTime, nowMs),
    describeRemaining(lease),
    lease.leaseId,
    reason,
  ];
  const others = lease.attached.map((one) => [`  attached: pid ${one.pid} ${printable(one.command)}`]);
  const wish = lease.yieldRequest === undefined ? [] : [[`  ${describeYield(lease.yieldRequest, nowMs)}`]];
  return [row, ...others, ...wish];
}

function waiterRow(waiter: Waiter, { blocks, queue }: ExplainResourceResponse, nowMs: number): string[] {
  return [
    `${waiter.position}.`,
    describeWaiter(waiter),
    `since ${describeAge(waiter.waitStartTime, nowMs)}`,
    waiter.priority === 0 ? '' : `priority ${waiter.priority}`,
    describeBlocks(
      blocks.filter((edge) => edge.waiterId === waiter.waiterId).map((edge) => edge.blockedBy),
      queue,
    ),
  ];
}

/** `behind lhoc7i5ozvd and 17 waiters`: a lease is named, a crowd of waiters counted. */
export function describeBlocks(blockedBy: readonly string[], queue: readonly Pick<Waiter, 'waiterId'>[]): string {
  const waiters = new Set(queue.map(({ waiterId }) => waiterId));
  const ahead = blockedBy.filter((id) => waiters.has(id));
  const parts = blockedBy.filter((id) => !waiters.has(id));
  if (ahead.length === 1) parts.push(...ahead);
  else if (ahead.length > 1) parts.push(`${ahead.length} waiters`);
  const last = parts.pop();
  if (last === undefined) return '';
  return `behind ${parts.length === 0 ? last : `${parts.join(', ')} and ${last}`}`;
}
