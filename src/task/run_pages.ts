import type { ListTaskRunsRequest, ListTaskRunsResponse } from '@tenure/client/gen/tenure/task/v1/task_service';
import { invalid } from '../rpc/request_checks.js';
import { readTime } from './read_record.js';
import type { TaskRunRecord } from './run_record.js';
import { runMessage } from './task_message.js';

const DEFAULT_PAGE_SIZE = 100;
const MAX_PAGE_SIZE = 1_000;

/** One page of the runs that a filter selects, the one that began last first. */
export function pageOfRuns(
  runs: Iterable<TaskRunRecord>,
  { filter, pageSize, pageToken }: ListTaskRunsRequest,
): ListTaskRunsResponse {
  if (pageSize < 0 || pageSize > MAX_PAGE_SIZE) throw invalid('page_size', `must be from 1 to ${MAX_PAGE_SIZE}`);
  const size = pageSize === 0 ? DEFAULT_PAGE_SIZE : pageSize;
  const selects = selectorOf(filter);
  const after = readPageToken(pageToken);
  const found = [...runs].filter((run) => selects(run) && (after === undefined || isAfter(run, after))).sort(byStart);
  const page = found.slice(0, size);
  const last = page.at(-1);
  return {
    runs: page.map(runMessage),
    nextPageToken: found.length > size && last !== undefined ? `${last.startWallMs}/${last.runId}` : '',
  };
}

type Place = Pick<TaskRunRecord, 'startWallMs' | 'runId'>;

function byStart(a: Place, b: Place): number {
  return b.startWallMs - a.startWallMs || (a.runId < b.runId ? -1 : 1);
}

function isAfter(run: Place, place: Place): boolean {
  return run.runId !== place.runId && byStart(place, run) < 0;
}

function readPageToken(token: string): Place | undefined {
  if (token === '') return undefined;
  const [, startWallMs, runId] = /^(-?\d{1,15})\/([A-Za-z0-9._-]{1,64})$/.exec(token) ?? [];
  if (startWallMs === undefined || runId === undefined) {
    throw invalid('page_token', 'is not one that ListTaskRuns answered');
  }
  return { startWallMs: Number(startWallMs), runId };
}

function selectorOf(filter: ListTaskRunsRequest['filter']): (run: TaskRunRecord) => boolean {
  if (filter === undefined) return () => true;
  const { tasks, statuses, orchestratorId, parentRunId, triggerId } = filter;
  const since = readTime('filter.since', filter.since);
  return (run) =>
    (tasks.length === 0 || tasks.includes(run.task)) &&
    (statuses.length === 0 || statuses.includes(runMessage(run).status)) &&
    (orchestratorId === '' || run.orchestratorId === orchestratorId) &&
    (parentRunId === '' || run.parentRunId === parentRunId) &&
    (triggerId === '' || run.trigger.triggerId === triggerId) &&
    (since === undefined || (run.status === 'skipped' ? (run.endWallMs ?? 0) : run.startWallMs) >= since);
}
