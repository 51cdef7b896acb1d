import { type Client, type TaskRun, TaskRunStatus } from '@tenure/client';
import { Command } from 'commander';
import { withClient } from '../connection.js';
import { UsageFailure } from '../failure.js';
import { parseMoment, timestampOf } from '../moment.js';
import { printJson, printLine } from '../output.js';
import { runJson } from './task_json.js';
import { describeRuns } from './task_table.js';

const STATUSES = {
  waiting: TaskRunStatus.WAITING,
  running: TaskRunStatus.RUNNING,
  completed: TaskRunStatus.COMPLETED,
  failed: TaskRunStatus.FAILED,
  skipped: TaskRunStatus.SKIPPED,
  degraded: TaskRunStatus.DEGRADED,
} as const;

const DEFAULT_LIMIT = 20;
const PAGE = 1_000;

interface HistoryOptions {
  readonly status?: readonly TaskRunStatus[];
  readonly since?: number;
  readonly limit: number;
  readonly json?: boolean;
}

const DETAILS = `
The newest first. Skips in a row for the same cause are one line, which says how
often. A run inside another one is marked with a corner. TOOK is of its work, not
of its wait, which 'tenure task show --run' tells.

Examples:
  tenure task history kb-sync
  tenure task history --status failed --since 1d
  tenure task history --json --limit 1000 | jq -r '.runs[] | [.task, .status] | @tsv'`;

export function historyCommand(): Command {
  return new Command('history')
    .summary('list runs of tasks')
    .description('List the runs of tasks, the newest first.')
    .argument('[task...]', 'only these')
    .option('--status <status>', `only these: ${Object.keys(STATUSES).join(', ')}; may be repeated`, parseStatus)
    .option('--since <time>', 'not before this moment: 1h (ago), or 2026-05-01T12:00', parseMoment)
    .option('--limit <n>', 'at most so many', parseLimit, DEFAULT_LIMIT)
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (tasks: string[], options: HistoryOptions) => {
      const runs = await withClient((client) => newestRuns(client, tasks, options));
      if (options.json === true) await printJson({ runs: runs.map(runJson) });
      else await printLine(runs.length === 0 ? 'no runs' : describeRuns(runs, Date.now()));
    });
}

async function newestRuns(client: Client, tasks: string[], options: HistoryOptions): Promise<TaskRun[]> {
  const { status, since, limit } = options;
  const filter = {
    tasks,
    ...(status === undefined ? {} : { statuses: [...status] }),
    ...(since === undefined ? {} : { since: timestampOf(since) }),
  };
  const runs: TaskRun[] = [];
  let pageToken = '';
  do {
    const pageSize = Math.min(PAGE, limit - runs.length);
    const page = await client.tasks.listTaskRuns({ filter, pageSize, pageToken });
    runs.push(...page.runs);
    pageToken = page.nextPageToken;
  } while (pageToken !== '' && runs.length < limit);
  return runs;
}

function isStatus(text: string): text is keyof typeof STATUSES {
  return Object.hasOwn(STATUSES, text);
}

function parseStatus(text: string, before: readonly TaskRunStatus[] = []): readonly TaskRunStatus[] {
  if (isStatus(text)) return [...before, STATUSES[text]];
  throw new UsageFailure(`'${text}' is no status; it must be one of ${Object.keys(STATUSES).join(', ')}`);
}

function parseLimit(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new UsageFailure(`'${text}' is no number of runs; write a whole number from 1 to 999999`);
}
