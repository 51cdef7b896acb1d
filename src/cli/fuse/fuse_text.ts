import { type Fuse, type FuseAction, timestampToDate } from '@tenure/client';
import { describeDuration } from '@tenure/client/duration-text';
import { optional, timestampJson } from '../json_values.js';
import type { Json } from '../lease/lease_json.js';
import { shortPath } from '../session/session_text.js';
import { printable, style } from '../style.js';
import { table } from '../table.js';

const LONGEST_ACTION = 48;

export function fuseJson(fuse: Fuse): Json {
  return {
    fuseId: fuse.fuseId,
    sessionId: fuse.sessionId,
    directory: fuse.directory,
    ...optional('action', fuse.action, actionJson),
    ...optional('fireTime', fuse.fireTime, timestampJson),
    ...optional('setTime', fuse.setTime, timestampJson),
    label: fuse.label,
  };
}

function actionJson({ action }: FuseAction): Json {
  return action === undefined ? {} : { [action.$case]: action.value };
}

export function describeFuses(fuses: readonly Fuse[], home: string, nowMs: number): string {
  const titles = ['ID', 'IN', 'ACTION', 'SESSION', 'DIRECTORY', 'LABEL'].map((title) => style('bold', title));
  const rows = fuses.map((fuse) => [
    printable(fuse.fuseId),
    describeLeft(fuse, nowMs),
    shortened(describeAction(fuse.action)),
    printable(fuse.sessionId),
    fuse.directory === '' ? '' : shortPath(fuse.directory, home),
    printable(fuse.label),
  ]);
  return table([titles, ...rows]);
}

/** `f3k2q7 goes off in 30m (12:04): exec notify-send done`. */
export function describeFuse(fuse: Fuse, nowMs: number): string {
  const clock = fuse.fireTime === undefined ? '' : ` (${timestampToDate(fuse.fireTime).toTimeString().slice(0, 5)})`;
  const left = describeLeft(fuse, nowMs);
  return `${printable(fuse.fuseId)} goes off ${left === 'now' ? left : `in ${left}`}${clock}: ${describeAction(fuse.action)}`;
}

function describeLeft({ fireTime }: Fuse, nowMs: number): string {
  if (fireTime === undefined) return '';
  // Whole seconds that have begun: a fuse of 5m just set has 5m left.
  const seconds = Math.ceil((timestampToDate(fireTime).getTime() - nowMs) / 1_000);
  return seconds <= 0 ? 'now' : describeDuration(seconds * 1_000);
}

export function describeAction(given: FuseAction | undefined): string {
  const action = given?.action;
  switch (action?.$case) {
    case 'exec':
    case 'webhook':
    case 'event':
      return `${action.$case} ${printable(action.value)}`;
    case 'stopSession':
      return 'stop the session';
    case undefined:
      return 'something of a newer daemon';
  }
}

function shortened(text: string): string {
  const characters = [...text];
  return characters.length <= LONGEST_ACTION ? text : `${characters.slice(0, LONGEST_ACTION - 1).join('')}…`;
}
