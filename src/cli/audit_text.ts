import { basename } from 'node:path';
import { type AuditActor, type AuditEntry, timestampToDate } from '@tenure/client';
import { printable, style } from './style.js';

/** Most actions are shorter, so that what follows stands in a column. */
const ACTION_WIDTH = 24;

/** `2026-05-01 12:04:05  ✓       secret.leased  secret/a  client c  pid 812 node sync.js  lhoc8ttp8bd  version=1`. */
export function describeEntry(entry: AuditEntry, ownUid: number | undefined): string {
  const time = entry.time === undefined ? '' : describeTime(timestampToDate(entry.time));
  const word = entry.success ? style('green', '✓     ') : style('red', 'failed');
  const parts = [
    style('dim', time),
    word,
    style('bold', printable(entry.action).padEnd(ACTION_WIDTH)),
    printable(entry.resource),
    entry.clientId === '' ? '' : `client ${printable(entry.clientId)}`,
    describeActor(entry.actor, ownUid),
    style('dim', printable(entry.leaseId)),
    entry.success ? printable(entry.reason) : style('yellow', printable(entry.reason)),
    [...entry.details].map(([name, value]) => `${printable(name)}=${quoted(value)}`).join(' '),
  ];
  return parts.filter((part) => part !== '').join('  ');
}

/** On this machine's clock, the larger parts first, so that lines sort. */
function describeTime(date: Date): string {
  const two = (number: number): string => String(number).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${date.toTimeString().slice(0, 'hh:mm:ss'.length)}`;
}

/** `pid 812 node sync.js`; the user, too, where it is another one. */
function describeActor(actor: AuditActor | undefined, ownUid: number | undefined): string {
  if (actor === undefined) return 'tenured';
  const words = [basename(actor.executable), basename(actor.script)].filter((word) => word !== '').map(printable);
  const user = actor.uid === ownUid && actor.pid !== 0 ? [] : [`uid ${actor.uid}`];
  return [...user, ...(actor.pid === 0 ? [] : [`pid ${actor.pid}`]), ...words].join(' ');
}

function quoted(value: string): string {
  // JSON leaves DEL and what follows it as they are.
  return printable(/^[^\s"]+$/u.test(value) ? value : JSON.stringify(value));
}
