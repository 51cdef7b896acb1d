import { durationToMillis, type HookRun, type Session, type SessionLimits, timestampToDate } from '@tenure/client';
import { describeDuration } from '@tenure/client/duration-text';
import { timestampJson } from '../json_values.js';
import { describeAge } from '../lease/lease_text.js';
import { printable, style } from '../style.js';
import { table } from '../table.js';
import { compact, describeCost, describeState, describeStop, shortPath } from './session_text.js';

/** All that is known of one session, a line a field. */
export function describeSession(session: Session, home: string, nowMs: number): string {
  const { process: main, usage, worktree, limits, stop, container } = session;
  const rows: [string, string][] = [
    ['session', style('bold', printable(session.sessionId))],
    ['state', describeState(session)],
    ['why', printable(session.outcomeDetail)],
    ['agent', printable(session.agent)],
    ['adapter', printable(session.adapter)],
    ['its own id', printable(session.nativeId)],
    ['in', shortPath(session.directory, home)],
    ['prompt', printable(session.prompt)],
    ['title', printable(session.title)],
    ['runs', main === undefined ? printable(session.command) : `pid ${main.pid} ${printable(session.command)}`],
    ['model', printable(session.model)],
    [
      'tokens',
      usage === undefined ? '' : `${compact(Number(usage.inputTokens))} in, ${compact(Number(usage.outputTokens))} out`,
    ],
    ['cost', describeCost(usage) ?? ''],
    ['began', momentOf(session.startTime, nowMs)],
    ['ended', momentOf(session.endTime, nowMs)],
    ['ran', ranOf(session)],
    ['last seen active', describeAge(session.activityTime, nowMs)],
    ['printed', session.launched ? `${session.stdoutBytes} bytes, ${session.stderrBytes} on stderr` : ''],
    ['stopped by', stop === undefined ? '' : describeStop(stop)],
    ['limits', limits === undefined ? '' : describeLimits(limits)],
    ['group', printable(session.group)],
    ['repo', printable(session.repo)],
    ['work unit', printable(session.workUnit)],
    ['container', container === undefined ? '' : `${printable(container.name)}, of ${printable(container.image)}`],
    ['was due', momentOf(session.dueTime, nowMs)],
    ['launched in', printable(session.parentSessionId)],
    [
      'worktree',
      worktree === undefined ? '' : `${shortPath(worktree.path, home)}, branch ${printable(worktree.branch)}`,
    ],
    ['repository', worktree === undefined ? '' : shortPath(worktree.repository, home)],
    ['leases', session.leaseIds.join(' ')],
  ];
  for (const [key, value] of session.labels) rows.push(['label', `${printable(key)}=${printable(value)}`]);
  for (const hook of session.hooks) rows.push([printable(hook.hook), describeHook(hook, nowMs)]);
  const lines = table(rows.filter(([, value]) => value !== ''));
  if (!session.stale) return lines;
  return `${lines}\n${style('yellow', `${printable(session.adapter)} did not answer; this is what was known at the launch`)}`;
}

function momentOf(time: Session['startTime'], nowMs: number): string {
  return time === undefined ? '' : `${describeAge(time, nowMs)} (${timestampJson(time)})`;
}

function ranOf({ startTime, endTime }: Session): string {
  if (startTime === undefined || endTime === undefined) return '';
  return describeDuration(timestampToDate(endTime).getTime() - timestampToDate(startTime).getTime());
}

function describeLimits({ timeout, stall, stopOnStall, outputBytes }: SessionLimits): string {
  const parts = [
    timeout === undefined ? '' : `timeout ${describeDuration(durationToMillis(timeout))}`,
    stall === undefined
      ? ''
      : `stall ${describeDuration(durationToMillis(stall))}${stopOnStall ? ', then stopped' : ''}`,
    `the last ${outputBytes} bytes of each stream`,
  ];
  return parts.filter((part) => part !== '').join('; ');
}

function describeHook({ success, detail, attempts, time }: HookRun, nowMs: number): string {
  const word = success ? style('green', 'done') : style('red', 'failed');
  const tries = attempts > 1 ? `after ${attempts} tries` : '';
  return [word, printable(detail), tries, describeAge(time, nowMs)].filter((part) => part !== '').join(', ');
}
