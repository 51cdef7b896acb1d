import { join } from 'node:path';
import { locateDaemon } from '@tenure/client';
import { Command } from 'commander';
import { UsageFailure } from '../failure.js';
import { printLine } from '../output.js';
import { followLines, readLastLines } from './log_file.js';
import { describeLogLine } from './log_line.js';

interface LogsOptions {
  readonly follow?: boolean;
  readonly lines: number;
  readonly json?: boolean;
}

const DETAILS = `
Examples:
  tenure daemon logs --lines 50
  tenure daemon logs --follow
  tenure daemon logs --json | jq 'select(.level == "warn")'`;

export function logsCommand(): Command {
  return new Command('logs')
    .summary("show the daemon's log")
    .description("Show the end of the daemon's log.")
    .option('-f, --follow', 'go on with what comes')
    .option('-n, --lines <n>', 'how many lines', parseLines, 200)
    .option('--json', 'the lines as they are, which is JSON')
    .addHelpText('after', DETAILS)
    .action(async (options: LogsOptions) => {
      const path = join(locateDaemon().stateDir, 'tenured.log');
      const show = (line: string) => printLine(options.json === true ? line : describeLogLine(line));
      const { lines, end } = await readLastLines(path, options.lines);
      for (const line of lines) await show(line);
      if (options.follow === true) for await (const line of followLines(path, end)) await show(line);
    });
}

function parseLines(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageFailure(`'${text}' is no number of lines`);
  return Number(text);
}
