import { stripVTControlCharacters } from 'node:util';
import { type Task, type TaskRun, timestampToDate } from '@tenure/client';
import { describeDuration } from '@tenure/client/duration-text';
import type { Column } from '../column_rules.js';
import type { Timestamp } from '../json_values.js';
import { printable, type Style } from '../style.js';
import { describeRun, describeTime, toneOf } from '../task/task_text.js';
import { byText } from './lease_rows.js';
import type { LiveState, Now } from './live_state.js';
import { cell, type Row } from './rows.js';

export const TASK_COLUMNS: readonly Column[] = [
  { title: 'TASK', least: 10, most: 50, rank: 9 },
  { title: 'NOW', least: 8, most: 20, rank: 8 },
  { title: 'SINCE', least: 6, most: 8, rank: 7, align: 'right' },
  { title: 'LAST RUN', least: 9, most: 22, rank: 6 },
  { title: 'ENDED', least: 6, most: 12, rank: 4, align: 'right' },
  { title: 'NEXT', least: 6, most: 11, rank: 5, align: 'right' },
  { title: 'SCHEDULE', least: 8, most: 40, rank: 3 },
  { title: 'RUN BY', least: 8, most: 24, rank: 2 },
];

export const TASK_SORTS = ['task', 'next', 'state'] as const;
export type TaskSort = (typeof TASK_SORTS)[number];

export function taskRows(state: LiveState, sort: TaskSort, now: Now): Row[] {
  const tasks = [...state.tasks.values()];
  return tasks.sort((a, b) => compare(a, b, sort) || byText(a.name, b.name)).map((task) => rowOf(task, now));
}

function compare(a: Task, b: Task, sort: TaskSort): number {
  switch (sort) {
    case 'task':
      return 0;
    case 'next':
      return (timeOf(a.nextRunTime) ?? Number.POSITIVE_INFINITY) < (timeOf(b.nextRunTime) ?? Number.POSITIVE_INFINITY)
        ? -1
        : 1;
    case 'state':
      return b.running.length - a.running.length;
  }
}

function timeOf(time: Timestamp | undefined): number | undefined {
  return time === undefined ? undefined : timestampToDate(time).getTime();
}

function rowOf(task: Task, { wallMs }: Now): Row {
  const { name, definition, orchestrators, lastRun, running } = task;
  const current = running.at(-1);
  const next = timeOf(task.nextRunTime);
  const since = timeOf(current === undefined ? task.deferredSince : (current.workTime ?? current.startTime));
  const now = current === undefined ? restOf(task) : runWords(current);
  const last = lastRun === undefined ? undefined : runWords(lastRun);
  const by = orchestrators.map(({ orchestratorId }) => printable(orchestratorId)).join(' ');
  const cells = [
    cell(printable(name), 'bold'),
    cell(now.words, now.tone),
    cell(since === undefined ? '' : describeDuration(wallMs - since)),
    cell(last?.words ?? '', last?.tone),
    cell(describeTime(lastRun?.endTime, wallMs)),
    cell(next !== undefined && next <= wallMs ? 'due' : describeTime(task.nextRunTime, wallMs)),
    cell(printable(definition?.schedule ?? '')),
    cell(by),
  ];
  return {
    key: name,
    cells,
    words: cells
      .map(({ text }) => text)
      .join('\n')
      .toLowerCase(),
  };
}

function restOf({ starved, deferredSince, definition }: Task): { words: string; tone: Style | undefined } {
  if (starved) return { words: 'starved', tone: 'red' };
  if (deferredSince !== undefined) return { words: 'deferred', tone: 'yellow' };
  if (definition?.enabled === false) return { words: 'off', tone: 'dim' };
  return { words: 'idle', tone: 'dim' };
}

/** `running`, `failed: exit code 7`. */
function runWords(run: TaskRun): { words: string; tone: Style | undefined } {
  return { words: stripVTControlCharacters(describeRun(run)), tone: toneOf(run.status) };
}
