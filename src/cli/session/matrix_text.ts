import { reportOf } from '../report.js';
import { printable, style } from '../style.js';
import { table } from '../table.js';
import type { Combination } from './matrix_rules.js';
import type { MatrixRun } from './matrix_runs.js';
import { launchHeldJson, sessionJson } from './session_json.js';
import { describeLaunchHeld, describeState, shortPath } from './session_text.js';

const LONGEST_PROMPT = 40;

/** What would be launched. */
export function describeCombinations(combinations: readonly Combination[]): string {
  const rows = combinations.map((combination) => [
    printable(combination.adapter),
    printable(combination.model),
    promptOf(combination),
  ]);
  return describe(['ADAPTER', 'MODEL', 'PROMPT'], rows);
}

/** What became of each. */
export function describeRuns(runs: readonly MatrixRun[], home: string): string {
  const rows = runs.map((run) => {
    const { session, what } = resultOf(run);
    return [
      session?.sessionId ?? '-',
      printable(run.adapter),
      printable(run.model),
      promptOf(run),
      session === undefined ? '' : shortPath(session.directory, home),
      what,
    ];
  });
  return describe(['ID', 'ADAPTER', 'MODEL', 'PROMPT', 'DIRECTORY', 'STATE'], rows);
}

export function combinationJson({ adapter, model, promptNumber, prompt, args }: Combination): object {
  return { adapter, model, promptNumber, prompt, args };
}

export function runJson(run: MatrixRun): object {
  const { adapter, model, promptNumber } = run;
  const combination = { adapter, model, promptNumber };
  switch (run.kind) {
    case 'launched':
      return { ...combination, outcome: 'launched', session: sessionJson(run.session) };
    case 'held':
      return { ...combination, ...launchHeldJson(run.held) };
    case 'failed': {
      const { reason, message } = reportOf(run.error);
      return { ...combination, outcome: 'failed', error: { reason, message } };
    }
  }
}

function resultOf(run: MatrixRun) {
  switch (run.kind) {
    case 'launched':
      return { session: run.session, what: describeState(run.session) };
    case 'held':
      return { session: undefined, what: style('red', describeLaunchHeld(run.held)) };
    case 'failed':
      return { session: undefined, what: style('red', printable(reportOf(run.error).message)) };
  }
}

function promptOf({ promptNumber, prompt }: Combination): string {
  const words = [...printable(prompt.replaceAll(/\s+/g, ' ').trim())];
  const shown = words.length <= LONGEST_PROMPT ? words : [...words.slice(0, LONGEST_PROMPT - 1), '…'];
  return `${promptNumber}. ${shown.join('')}`;
}

/** Columns that have nothing to show are left out. */
function describe(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const shown = titles.map((_, column) => rows.some((row) => (row[column] ?? '') !== ''));
  const pick = (row: readonly string[]): string[] => row.filter((_, column) => shown[column] === true);
  return table([pick(titles).map((title) => style('bold', title)), ...rows.map(pick)]);
}
