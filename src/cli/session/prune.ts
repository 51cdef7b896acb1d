import { Command } from 'commander';
import { withClient } from '../connection.js';
import { parseMoment, timestampOf } from '../moment.js';
import { printJson, printLine, warn } from '../output.js';
import { printable } from '../style.js';

interface PruneOptions {
  readonly before?: number;
  readonly group?: string;
  readonly json?: boolean;
}

const DETAILS = `
With a session goes all that it printed. Those that run stay, and those that have
left processes running, which tenure session stop ends. Worktrees stay, too: see
tenure session worktree clean. The daemon itself forgets sessions that ended 7
days ago, or as sessions.keep says.

Examples:
  tenure session prune
  tenure session prune --before 1d --group nightly`;

export function pruneCommand(): Command {
  return new Command('prune')
    .summary('forget sessions that have ended')
    .description('Forget sessions that were launched here and have ended.')
    .option('--before <moment>', 'only those that ended before: how long ago, like 1d, or a time', parseMoment)
    .option('-g, --group <name>', 'only of this group')
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async ({ before, group, json }: PruneOptions) => {
      const request = { before: before === undefined ? undefined : timestampOf(before), group };
      const { pruned, keptSessionIds } = await withClient((client) => client.sessions.pruneSessions(request));
      if (json === true) {
        await printJson({ pruned, keptSessionIds });
        return;
      }
      await printLine(pruned === 1 ? '1 session forgotten' : `${pruned} sessions forgotten`);
      if (keptSessionIds.length > 0) warnOfKept(keptSessionIds.map(printable));
    });
}

function warnOfKept(ids: readonly string[]): void {
  const which = ids.length === 1 ? '1 has ended and stays' : `${ids.length} have ended and stay`;
  warn(`tenure: ${which}, for processes or hooks of theirs still run: ${ids.join(' ')}`);
  warn("tenure: 'tenure session stop' ends what they have left running");
}
