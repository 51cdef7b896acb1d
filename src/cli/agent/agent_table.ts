import { type Agent, ScheduledResult, type ScheduledRun, SessionState, timestampToDate } from '@tenure/client';
import { describeDuration } from '@tenure/client/duration-text';
import { enumWord, type Timestamp } from '../json_values.js';
import { describeState } from '../session/session_text.js';
import { printable, style } from '../style.js';
import { table } from '../table.js';

/** A row an agent, and a line for what an operator should look at. */
export function describeAgents(agents: readonly Agent[], nowMs: number): string {
  if (agents.length === 0) return 'no agents; describe them in the configuration, under `agents`';
  const titles = ['AGENT', 'RUNNING', 'LAST', 'NEXT', 'SCHEDULE', 'IMAGE', 'REPO'].map((title) => style('bold', title));
  const rows = agents.map((agent) => [
    printable(agent.name),
    runningOf(agent),
    lastOf(agent, nowMs),
    nextOf(agent, nowMs),
    printable(agent.schedule?.cron ?? ''),
    printable(agent.image),
    printable(agent.repo),
  ]);
  const troubles = [...unready(agents), ...agents.flatMap(missedOf)].map((line) => style('yellow', line));
  return [table([titles, ...rows]), ...troubles].join('\n');
}

function runningOf({ running, concurrency }: Agent): string {
  const text = concurrency === 0 ? String(running) : `${running} of ${concurrency}`;
  return running === 0 ? text : style('green', text);
}

/** Its newest session, or what became of its schedule since. */
function lastOf(agent: Agent, nowMs: number): string {
  const { lastSession } = agent;
  const run = troubleOf(agent);
  if (run !== undefined) {
    return `${style('yellow', enumWord(ScheduledResult, run.result))}, ${ago(run.dueTime, nowMs)}`;
  }
  if (lastSession === undefined) return '-';
  const time = lastSession.state === SessionState.ENDED ? lastSession.endTime : lastSession.startTime;
  return `${describeState(lastSession)}, ${ago(time, nowMs)}`;
}

function nextOf({ schedule }: Agent, nowMs: number): string {
  const next = schedule?.nextTime;
  if (next === undefined) return schedule === undefined ? '-' : 'never';
  return `in ${describeDuration(Math.max(0, timestampToDate(next).getTime() - nowMs))}`;
}

/** A line a reason: one that podman has is that of all. */
function unready(agents: readonly Agent[]): readonly string[] {
  const reasons = new Set(agents.map(({ notReady }) => notReady).filter((reason) => reason !== ''));
  return [...reasons].map((reason) => {
    const names = agents.filter(({ notReady }) => notReady === reason).map(({ name }) => printable(name));
    return `${names.join(', ')} can't be launched: ${printable(reason)}`;
  });
}

function missedOf(agent: Agent): readonly string[] {
  const run = troubleOf(agent);
  return run === undefined
    ? []
    : [`${printable(agent.name)} was ${enumWord(ScheduledResult, run.result)}: ${printable(run.detail)}`];
}

/** The last time that it was due, where no session came of it and none has been launched since. */
function troubleOf({ schedule, lastSession }: Agent): ScheduledRun | undefined {
  const run = schedule?.lastRun;
  if (run === undefined || run.result === ScheduledResult.LAUNCHED) return undefined;
  return isNewer(run.dueTime, lastSession?.startTime) ? run : undefined;
}

function isNewer(a: Timestamp | undefined, b: Timestamp | undefined): boolean {
  return a !== undefined && (b === undefined || timestampToDate(a) > timestampToDate(b));
}

function ago(time: Timestamp | undefined, nowMs: number): string {
  return time === undefined ? '' : `${describeDuration(Math.max(0, nowMs - timestampToDate(time).getTime()))} ago`;
}
