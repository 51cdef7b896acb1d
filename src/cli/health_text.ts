import {
  DaemonPhase,
  type DaemonStatus,
  durationToMillis,
  type EventSinkStatus,
  LastExit,
  type TaskStatus,
  timestampToDate,
} from '@tenure/client';
import { describeDuration } from '@tenure/client/duration-text';
import { secretRows } from './health_secrets.js';
import { enumWord } from './json_values.js';
import { printable, printableLines, style } from './style.js';
import { table } from './table.js';

/** The whole status, a line a matter, warnings last. */
export function describeStatus(status: DaemonStatus, nowMs = Date.now()): string {
  const { store, leases, secrets, sessions } = status;
  const rows: [string, string][] = [
    ['tenured', `${status.version}, pid ${status.pid}, ${describePhase(status)}`],
    ['up', describeUptime(status, nowMs)],
    ['socket', status.socketPath],
    ['state', status.stateDir],
    ['config', status.configPath === '' ? 'none (defaults)' : status.configPath],
  ];
  if (leases !== undefined) rows.push(['leases', describeCounts(leases)]);
  if (secrets !== undefined) rows.push(...secretRows(secrets, nowMs));
  if (sessions !== undefined) {
    const { running, ended, fuses } = sessions;
    rows.push(['sessions', `${running} running, ${ended} ended${fuses === 0 ? '' : `; ${fuses} fuses`}`]);
  }
  if (status.tasks !== undefined && status.tasks.tasks > 0) rows.push(['tasks', describeTasks(status.tasks)]);
  if (store !== undefined) {
    const room = `${describeBytes(Number(store.freeBytes))} free`;
    rows.push([
      'store',
      `${store.kind}, revision ${store.revision}, ${room}${store.writable ? '' : ', takes no leases'}`,
    ]);
  }
  for (const sink of status.eventSinks) rows.push(['events', describeEventSink(sink)]);
  rows.push(['memory', describeBytes(Number(status.residentBytes))]);
  rows.push(['connections', String(status.connections)]);
  for (const { service, status: serving } of status.services) {
    rows.push(['service', `${service} ${serving === 'SERVING' ? style('green', serving) : style('red', serving)}`]);
  }
  const warnings = status.warnings.map(
    ({ code, message, remedy }) =>
      `${style('yellow', `warning ${code}`)}: ${printableLines(message)}\n  ${printableLines(remedy)}`,
  );
  return [table(rows), ...warnings].join('\n');
}

/** One line, for a watch. */
export function describeStatusLine(status: DaemonStatus): string {
  const time = new Date().toTimeString().slice(0, 'hh:mm:ss'.length);
  const counts = status.leases === undefined ? '' : `  ${describeCounts(status.leases)}`;
  const sealed = (status.secrets?.sealed ?? '') === '' ? '' : `  ${style('red', 'secrets sealed')}`;
  const warnings = status.warnings.map(({ code }) => `  ${style('yellow', code)}`).join('');
  const memory = describeBytes(Number(status.residentBytes));
  return `${time}  ${describePhase(status)}${counts}  ${memory}${sealed}${warnings}`;
}

function describePhase(status: DaemonStatus): string {
  const word = enumWord(DaemonPhase, status.phase);
  return style(status.phase === DaemonPhase.SERVING ? 'green' : 'yellow', word);
}

function describeUptime(status: DaemonStatus, nowMs: number): string {
  const { uptime, startCount, lastExit, crashesInARow, restartNotBefore } = status;
  const parts = [uptime === undefined ? '' : describeDuration(durationToMillis(uptime)), `start ${startCount}`];
  if (lastExit !== LastExit.UNSPECIFIED) parts.push(`last exit ${enumWord(LastExit, lastExit)}`);
  if (crashesInARow > 1) parts.push(`${crashesInARow} crashes in a row`);
  const text = parts.filter((part) => part !== '').join(', ');
  const from = restartNotBefore === undefined ? undefined : timestampToDate(restartNotBefore);
  // Once the moment is over a crash holds nothing back.
  if (from === undefined || from.getTime() <= nowMs) return text;
  const time = from.toTimeString().slice(0, 'hh:mm:ss'.length);
  return `${text}; after another one clients start it from ${time} on`;
}

function describeCounts(counts: NonNullable<DaemonStatus['leases']>): string {
  const { exclusive, shared, draining, waiters, watchers, longestWait } = counts;
  const longest =
    longestWait === undefined || waiters === 0 ? '' : ` (longest ${describeDuration(durationToMillis(longestWait))})`;
  const drains = draining === 0 ? '' : `, ${draining} draining`;
  return `${exclusive} exclusive, ${shared} shared${drains}; ${waiters} waiting${longest}, ${watchers} watching`;
}

/** What went lost is told of; that details are sampled is as it should be. */
function describeEventSink({ sink, delivered, failed, dropped }: EventSinkStatus): string {
  const lost = [failed > 0n ? `${failed} failed` : '', dropped > 0n ? `${dropped} dropped` : ''].filter(Boolean);
  const parts = [`${delivered} delivered`, ...lost.map((text) => style('yellow', text))];
  return `${printable(sink)}: ${parts.join(', ')}`;
}

export function describeTasks({ tasks, orchestrators, running, waiting, deferred, starving }: TaskStatus): string {
  const parts = [`${running} running`];
  if (waiting > 0) parts.push(`${waiting} waiting`);
  if (deferred > 0) parts.push(`${deferred} kept from running${starving > 0 ? ` (${starving} for too long)` : ''}`);
  const connected = orchestrators === 1 ? '1 orchestrator' : `${orchestrators} orchestrators`;
  return `${tasks}: ${parts.join(', ')}; ${connected}`;
}

/** `1.5 GiB`. */
export function describeBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[power]}`;
}
