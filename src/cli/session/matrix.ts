import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import {
  type Client,
  type LaunchSessionFields,
  LEASES_VARIABLE,
  parseInheritTokens,
  type Session,
  SessionOutcome,
} from '@tenure/client';
import { Command } from 'commander';
import { withClient } from '../connection.js';
import { ExitCode } from '../exit_codes.js';
import { printJson, printLine, warn } from '../output.js';
import { printable } from '../style.js';
import { sessionEnvironment } from './environment_rules.js';
import { limitsOf } from './limit_options.js';
import { type Combination, combinationsOf } from './matrix_rules.js';
import { isFull, launchMatrix, type MatrixRun, waitMatrix } from './matrix_runs.js';
import type { MatrixInput } from './matrix_schema.js';
import { combinationJson, describeCombinations, describeRuns, runJson } from './matrix_text.js';
import { checkRequestSize } from './request_size.js';
import { stopOnSignal } from './stop_request.js';

interface MatrixOptions {
  readonly dryRun?: boolean;
  readonly wait?: boolean;
  readonly json?: boolean;
}

const DETAILS = `
The file is YAML, such as

  directory: ../shop          # from the file's folder
  worktree: true              # one for each, or {base: main}
  adapters:
    - claude-code
    - name: codex
      models: [gpt-5, gpt-5-mini]
  prompts:
    - mend the flaky test
    - make the start faster
  timeout: 30m

Every adapter is launched with each of its models (of models where it names
none, else of its own choice) and every prompt, all in one group. Further keys:
group, models, args (of the agent, or the command of process), stall,
stopOnStall, outputBytes, labels, onCreate, onComplete, webhook, force.

Where the configuration lets fewer run at once (sessions.limit), --wait launches
the others as room comes, in their order; without it they are not launched.

Exit code 1: one could not be launched or, with --wait, did not end well.

Examples:
  tenure session matrix agents.yaml --dry-run
  tenure session matrix agents.yaml --wait
  tenure session list --group "$(tenure session matrix agents.yaml --json | jq -r .group)"`;

export function matrixCommand(): Command {
  return new Command('matrix')
    .summary('launch agents, models and prompts with each other')
    .description('Launch every combination of agents, models and prompts of a file, as one group.')
    .argument('<file>', 'the matrix')
    .option('--dry-run', 'say what would be launched, and launch nothing')
    .option('--wait', 'wait until all have ended, and say how')
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (file: string, options: MatrixOptions) => {
      // Here alone, for the other commands do without zod and YAML.
      const { readMatrix } = await import('./matrix_file.js');
      const matrix = readMatrix(file);
      const combinations = combinationsOf({
        adapters: matrix.adapters.map((one) =>
          typeof one === 'string'
            ? { name: one, models: undefined, args: undefined }
            : { models: undefined, args: undefined, ...one },
        ),
        models: matrix.models,
        prompts: matrix.prompts,
        args: matrix.args ?? [],
      });
      const shared = sharedFields(matrix);
      for (const { prompt, args } of combinations) checkRequestSize({ ...shared, prompt, command: [...args] });
      if (options.dryRun === true) await printPlan(combinations, shared, options);
      else process.exitCode = await withClient((client) => run(client, combinations, shared, options));
    });
}

function sharedFields(matrix: MatrixInput): LaunchSessionFields {
  const { worktree } = matrix;
  return {
    directory: matrix.directory,
    environment: sessionEnvironment(process.env),
    limits: limitsOf(matrix),
    group: matrix.group ?? `matrix-${randomBytes(4).toString('hex')}`,
    labels: matrix.labels === undefined ? undefined : new Map(Object.entries(matrix.labels)),
    worktree: worktree === undefined || worktree === false ? undefined : worktree === true ? {} : worktree,
    inheritTokens: parseInheritTokens(process.env[LEASES_VARIABLE]),
    force: matrix.force,
    onCreate: matrix.onCreate,
    onComplete: matrix.onComplete,
    webhook: matrix.webhook,
  };
}

async function printPlan(
  combinations: readonly Combination[],
  { directory = '', group = '', worktree }: LaunchSessionFields,
  { json }: MatrixOptions,
): Promise<void> {
  if (json === true) {
    await printJson({ dryRun: true, group, directory, sessions: combinations.map(combinationJson) });
    return;
  }
  const where = `${worktree === undefined ? 'in' : 'in worktrees of'} ${printable(directory)}`;
  await printLine(describeCombinations(combinations));
  await printLine(
    `${combinations.length === 1 ? '1 session' : `${combinations.length} sessions`} ${where}; nothing was launched`,
  );
}

async function run(
  client: Client,
  combinations: readonly Combination[],
  shared: LaunchSessionFields,
  { wait = false, json = false }: MatrixOptions,
): Promise<number> {
  const { group = '' } = shared;
  const launched = await launchMatrix(client, combinations, shared);
  const runs = wait ? await waitForAll(client, launched, shared) : launched;
  if (json) {
    await printJson({ group, sessions: runs.map(runJson) });
  } else {
    await printLine(describeRuns(runs, homedir()));
    await printLine(`group ${printable(group)}`);
    if (!wait) tellFull(runs);
  }
  return runs.every((one) => isWell(one, wait)) ? ExitCode.OK : ExitCode.FAILED;
}

async function waitForAll(
  client: Client,
  runs: readonly MatrixRun[],
  shared: LaunchSessionFields,
): Promise<readonly MatrixRun[]> {
  const ids = runs.flatMap((run) => (run.kind === 'launched' ? [run.session.sessionId] : []));
  const reason = 'whoever waited for its group asked for its end';
  const stop = (sessionId: string) => client.sessions.stopSession({ sessionId, reason });
  const stopping = new AbortController();
  const leaveSignals = stopOnSignal(`group ${printable(shared.group ?? '')}`, () => {
    stopping.abort();
    return Promise.all(ids.map(stop));
  });
  const onLaunched = ({ sessionId }: Session): void => {
    ids.push(sessionId);
    // Its launch was under way when all were stopped. Where that fails, its wait goes on and shows it.
    if (stopping.signal.aborted) stop(sessionId).catch(() => undefined);
  };
  try {
    return await waitMatrix(client, runs, { shared, signal: stopping.signal, onLaunched });
  } finally {
    leaveSignals();
  }
}

/** What there was no room for is told with the way to go on. */
function tellFull(runs: readonly MatrixRun[]): void {
  const full = runs.filter(isFull).length;
  if (full === 0) return;
  warn(
    `tenure: ${full} of ${runs.length} were not launched, for as many run as the configuration allows; with --wait they are, as room comes`,
  );
}

function isWell(run: MatrixRun, waited: boolean): boolean {
  return run.kind === 'launched' && (!waited || run.session.outcome === SessionOutcome.SUCCESS);
}
