import { Command } from 'commander';
import { ExitCode } from '../exit_codes.js';
import { printJson, printLine } from '../output.js';
import { CHECKS, type Examined, examineAll } from './all_checks.js';
import { describeExamined } from './doctor_text.js';
import { gatherFacts } from './facts.js';
import type { Level } from './finding.js';

interface DoctorOptions {
  readonly strict?: boolean;
  readonly json?: boolean;
}

export function doctorCommand(): Command {
  return new Command('doctor')
    .summary('look for what is wrong, and say what to do')
    .description('Look for what is wrong with the daemon and its surroundings, and say what to do about it.')
    .option('--strict', 'exit with 1 for warnings, too')
    .option('--json', 'print JSON')
    .addHelpText('after', details())
    .action(async (options: DoctorOptions) => {
      const examined = await examineAll(CHECKS, await gatherFacts());
      const well = !hasLevel(examined, 'fault') && !(options.strict === true && hasLevel(examined, 'warning'));
      if (options.json === true) await printJson(doctorJson(examined));
      else await printLine(describeExamined(examined));
      if (!well) process.exitCode = ExitCode.FAILED;
    });
}

function hasLevel(examined: readonly Examined[], wanted: Level): boolean {
  return examined.some(({ findings }) => findings.some(({ level }) => level === wanted));
}

function doctorJson(examined: readonly Examined[]): object {
  const worst = (['fault', 'warning', 'note', 'ok'] as const).find((level) => hasLevel(examined, level)) ?? 'ok';
  return {
    worst,
    checks: examined.map(({ id, findings }) => ({ check: id, findings })),
  };
}

function details(): string {
  const width = Math.max(...CHECKS.map(({ id }) => id.length));
  const checks = CHECKS.map(({ id, looksAt }) => `  ${id.padEnd(width)}  ${looksAt}`);
  return `
It works whether the daemon runs or not, starts nothing and changes nothing. It
looks at:

${checks.join('\n')}

✓ is well, · is worth knowing, ! may go wrong, ✗ is wrong. Exit code 0: nothing
is wrong; 1: something is.

Examples:
  tenure doctor
  tenure doctor --strict && echo all is well
  tenure doctor --json | jq '.checks[].findings[] | select(.level == "fault")'`;
}
