import { median, quantile, rangeOf, ratios } from './statistics.js';
import { CLI, type Workshop } from './workshop.js';

const START_TARGET = { bound: 'at most', value: 6 } as const;
const RUN_TARGET = { bound: 'at most', value: 2 } as const;
const ROUNDS = 20;

/** How long the daemon takes to serve, and one command under a lease, beside an empty Node. */
export async function startUp(workshop: Workshop): Promise<void> {
  await daemonStart(workshop);
  await runCommand(workshop);
}

async function daemonStart(workshop: Workshop): Promise<void> {
  const [empty, first, again]: [number[], number[], number[]] = [[], [], []];
  const start = async (stateDir: string): Promise<number> => {
    const begin = performance.now();
    const { child } = await workshop.startDaemon(stateDir);
    const time = performance.now() - begin;
    await child.stop();
    return time;
  };
  for (let round = 0; round <= ROUNDS; round += 1) {
    const stateDir = workshop.newFolder();
    const times = [await emptyNode(workshop), await start(stateDir), await start(stateDir)];
    // The first round finds cold files.
    if (round > 0) for (const [index, list] of [empty, first, again].entries()) list.push(times[index] ?? Number.NaN);
  }
  report(workshop, 'start/daemon, new state folder', first, empty, START_TARGET);
  report(workshop, 'start/daemon, after an orderly end', again, empty, START_TARGET);
}

async function runCommand(workshop: Workshop): Promise<void> {
  const { stateDir } = await workshop.startDaemon();
  const env = workshop.environment(stateDir);
  const command = [CLI, 'run', 'bench/run', '--', 'true'];
  const [empty, run]: [number[], number[]] = [[], []];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const times = [await emptyNode(workshop), await wholeProcess(workshop, command, env)];
    if (round > 0) for (const [index, list] of [empty, run].entries()) list.push(times[index] ?? Number.NaN);
  }
  report(workshop, 'start/tenure run X -- true', run, empty, RUN_TARGET);
}

function emptyNode(workshop: Workshop): Promise<number> {
  return wholeProcess(workshop, ['-e', '0'], workshop.environment(workshop.newFolder()));
}

async function wholeProcess(workshop: Workshop, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const begin = performance.now();
  const child = workshop.start(process.execPath, args, { env });
  const code = await child.ended();
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}`);
  return performance.now() - begin;
}

function report(
  workshop: Workshop,
  name: string,
  times: readonly number[],
  baselines: readonly number[],
  target: typeof START_TARGET | typeof RUN_TARGET,
): void {
  const relative = ratios(times, baselines);
  const [p50, p90] = [median(times), quantile(times, 0.9)];
  workshop.report({
    name,
    value: median(relative),
    range: rangeOf(relative),
    unit: '×',
    of: 'node -e 0',
    target,
    detail: `p50 ${p50.toFixed(0)} p90 ${p90.toFixed(0)} ms, node -e 0 ${median(baselines).toFixed(0)} ms`,
  });
}
