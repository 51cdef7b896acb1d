import { Command } from 'commander';
import { withClient } from '../connection.js';
import { ExitCode } from '../exit_codes.js';
import { printJson, printLine, warn } from '../output.js';
import { printable } from '../style.js';

const DETAILS = `
For tasks that nobody runs any more, such as those of a project that is gone. All
of their runs go, and the warning that they are kept from running. Those that an
orchestrator has which runs now stay, and those of which a run has not ended.
Without it tasks go by their age, as tasks.history.maxAge says (30 days).
Exit codes: 0 all are forgotten, 1 one stays, 66 one is not known.

Examples:
  tenure task forget kb-sync backup`;

export function forgetCommand(): Command {
  return new Command('forget')
    .summary('forget tasks that nobody runs any more')
    .description('Forget tasks that nobody runs any more, with all of their runs.')
    .argument('<task...>', 'the tasks')
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (wanted: string[], options: { json?: boolean }) => {
      const answer = await withClient((client) => client.tasks.forgetTasks({ tasks: wanted }));
      const { forgottenTasks, keptTasks } = answer;
      const known = new Set([...forgottenTasks, ...keptTasks]);
      const unknownTasks = [...new Set(wanted)].filter((task) => !known.has(task));
      if (options.json === true) await printJson({ forgottenTasks, keptTasks, unknownTasks });
      else await tell(forgottenTasks, keptTasks, unknownTasks);
      if (keptTasks.length > 0) process.exitCode = ExitCode.FAILED;
      else if (unknownTasks.length > 0) process.exitCode = ExitCode.NO_INPUT;
    });
}

async function tell(forgotten: readonly string[], kept: readonly string[], unknown: readonly string[]): Promise<void> {
  if (forgotten.length > 0) await printLine(forgotten.map((task) => `${printable(task)} is forgotten`).join('\n'));
  for (const task of unknown) warn(`tenure: there is no task ${printable(task)}`);
  for (const task of kept) {
    warn(`tenure: ${printable(task)} stays: an orchestrator that runs has it, or a run of it has not ended`);
  }
}
