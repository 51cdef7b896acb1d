import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command } from 'commander';

interface OrchestrateOptions {
  readonly config?: string;
  readonly once?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const DETAILS = `
The file names tasks: what they run, when, and what they lease meanwhile. Tasks
that lease the same never run at once, whoever runs them: another orchestrator,
'tenure run', or a script. Without --config it is ./orchestrator.yaml, else
tenure/orchestrator.yaml in the configuration folder.

  tasks:
    kb-sync:
      command: [npm, run, sync-kb]
      every: 10m
      lease: heavy-maintenance
      wait: 5m
    backup:
      command: [./backup.sh]
      cron: '0 3 * * *'
      timeZone: Europe/Berlin
      lease: heavy-maintenance
      timeout: 1h

HUP reads the file again; what runs goes on. TERM and INT stop what runs and give
its leases back, a second one at once. What happens is told on standard error,
with --json a line of JSON each; the output of tasks is in the state folder, with
--once here. See docs/orchestrator.md for all keys.

With --once the exit code is the command's own, 75 where the task was skipped,
69 where the daemon can't be reached, 124 where it ran beyond its timeout.

Examples:
  tenure orchestrate --dry-run              what would run when
  tenure orchestrate                        until it is stopped
  tenure orchestrate --once kb-sync         one task now, also within another
  tenure task list                          what became of all of them`;

export function orchestrateCommand(): Command {
  return new Command('orchestrate')
    .summary('run tasks when they are due, each in its turn')
    .description('Run the tasks of a file when they are due; those that lease the same never run at once.')
    .option('--config <file>', 'the file of tasks')
    .option('--once <task>', 'run this task now, and end')
    .option('--dry-run', 'show what would run when, and run nothing')
    .option('--json', 'tell of it in JSON')
    .addHelpText('after', DETAILS)
    .action(async (options: OrchestrateOptions) => {
      await becomeOrchestrator([
        ...(options.config === undefined ? [] : [`--config=${options.config}`]),
        ...(options.once === undefined ? [] : [`--once=${options.once}`]),
        ...(options.dryRun === true ? ['--dry-run'] : []),
        ...(options.json === true ? ['--json'] : []),
      ]);
    });
}

/** This very process becomes the orchestrator, which ends it. Never resolves. */
async function becomeOrchestrator(args: readonly string[]): Promise<never> {
  const bundle = join(import.meta.dirname, 'orchestrator.cjs');
  const sources = join(import.meta.dirname, '../orchestrator/main.ts');
  const isBundled = existsSync(bundle);
  process.argv = [process.execPath, isBundled ? bundle : sources, ...args];
  if (isBundled) createRequire(bundle)(bundle);
  else await import(pathToFileURL(sources).href);
  return await new Promise<never>(() => undefined);
}
