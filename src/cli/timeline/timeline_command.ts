import { writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Command } from 'commander';
import { withClient } from '../connection.js';
import { ExitCode } from '../exit_codes.js';
import { Failure, UsageFailure } from '../failure.js';
import { parseMoment } from '../moment.js';
import { printJson, printLine } from '../output.js';
import { printable } from '../style.js';
import { systemWords } from '../system_words.js';

interface TimelineOptions {
  readonly since?: number;
  readonly until?: number;
  readonly resource?: string;
  readonly html?: string;
  readonly all?: boolean;
  readonly json?: boolean;
}

const DAY_MS = 86_400_000;

const DETAILS = `
Who held what, who waited and for whom, which sessions and tasks ran: of what is
over from the audit log, of what goes on from the daemon. With --html a page that
needs nothing from anywhere, with zoom, details and a filter. Moments are as for
'tenure audit': 1h ago, or 2026-05-01T12:00.

What each sign of the chart stands for: a full block was held, or ran; a light one,
in a line of its own, was waited for; a half one had ended while its processes
still ran; an x is a run that failed.

Examples:
  tenure timeline
  tenure timeline --since 1h --resource gpu
  tenure timeline --since 7d --html week.html
  tenure timeline --json | jq '.waits[] | select(.milliseconds > 60000)'`;

export function timelineCommand(): Command {
  return new Command('timeline')
    .summary('show who held what, and who waited')
    .description('Show who held what, who waited for whom, and what ran, as a chart.')
    .option('--since <moment>', 'from when on (default: the first of the last 24h)', parseMoment)
    .option('--until <moment>', 'until when (default: now)', parseMoment)
    .option('--resource <prefix>', 'only leases on this resource and all below it')
    .option('--html <file>', 'write a page; - writes it to standard output')
    .option('--all', 'all rows in the terminal, however many')
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (options: TimelineOptions) => {
      const nowMs = Date.now();
      const { since: fromMs = nowMs - DAY_MS, until = nowMs, resource: resourcePrefix = '' } = options;
      const toMs = Math.min(until, nowMs);
      if (fromMs >= toMs) throw new UsageFailure('--since must be before --until, and before now');
      if (options.html === '-' && options.json === true) {
        throw new UsageFailure('--html - and --json would both write to standard output', 'name a file for the page');
      }
      const query = { fromMs, toMs, resourcePrefix, nowMs, isFitted: options.since === undefined };
      const { views } = await import('../views.js');
      await withClient(async (client) => {
        if (options.html !== undefined) {
          const page = await views.timelineAsPage(client, query);
          if (options.html === '-') await printLine(page.trimEnd());
          else {
            await writePage(options.html, page);
            if (options.json !== true) await printLine(`wrote ${printable(options.html)}`);
          }
        }
        if (options.json === true) await printJson(await views.timelineAsJson(client, query));
        else if (options.html === undefined) {
          await printLine(await views.timelineAsText(client, query, options.all === true));
        }
      });
    });
}

/** For its owner alone: it says who works on what. */
async function writePage(path: string, page: string): Promise<void> {
  try {
    await writeFile(path, page, { mode: 0o600 });
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const why = missing ? `there is no folder ${printable(dirname(path))}` : systemWords(error);
    throw new Failure(
      'OUTPUT_FAILED',
      ExitCode.OUTPUT,
      `the page ${printable(path)} can't be written: ${why}`,
      missing ? 'make the folder, or name a file elsewhere' : 'name a file elsewhere, or - for standard output',
    );
  }
}
