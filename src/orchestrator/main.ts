/** The orchestrator's entry: `tenure orchestrate` becomes this program. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isatty } from 'node:tty';
import { type Client, connect, type DaemonCommand } from '@tenure/client';
import { type Arguments, readArguments } from './arguments.js';
import { findConfigFile, readConfigFile } from './config/config_file.js';
import { planOf, planText } from './config/plan_text.js';
import { Refusal } from './config/refusal.js';
import { ExitCode, exitCodeOfEnd } from './exit_codes.js';
import type { Tell } from './news/news.js';
import { newsText } from './news/news_text.js';
import { createOrchestrator, type Orchestrator, type OrchestratorOptions } from './orchestrator.js';
import { orchestratorIdOf } from './orchestrator_id.js';
import { messageOf } from './runs/run_end.js';
import { OWN_OUTPUTS } from './runs/task_outputs.js';
import { LastStarts } from './schedule/last_starts.js';
import { defaultStateFolder, StateFolder } from './state_folder.js';

/** A heavy task fails so long, in milliseconds, after a daemon did not answer. */
const CONNECT_TIMEOUT_MS = 5_000;

/** The reasons are those of `tenure help errors`. */
const REFUSED = {
  usage: { reason: 'USAGE', exitCode: ExitCode.USAGE },
  missing: { reason: 'NO_INPUT', exitCode: ExitCode.NO_INPUT },
  'no-task': { reason: 'TASK_NOT_FOUND', exitCode: ExitCode.NO_INPUT },
  invalid: { reason: 'CONFIG_INVALID', exitCode: ExitCode.CONFIG },
} as const;
const OWN_FAULT = { reason: 'INTERNAL', exitCode: ExitCode.INTERNAL } as const;

async function main(argv: readonly string[]): Promise<number> {
  const given = readArguments(argv);
  // Whoever read the log is gone: what runs matters more.
  process.stderr.on('error', () => undefined);
  const path = findConfigFile(given.config, process.env);
  const { id = orchestratorIdOf(path), tasks } = readConfigFile(path);
  if (given.dryRun) return await showPlan(given, id, tasks);
  const tell = given.json ? tellJson : tellText;
  const options: OrchestratorOptions = { id, description: path, tasks, client: connectToDaemon, onNews: tell };
  if (given.once !== undefined) return await runOnce(given.once, options);
  const orchestrator = createOrchestrator(options);
  const stopped = obeySignals(orchestrator, isatty(0) ? undefined : () => void reload(orchestrator, path, tell));
  orchestrator.start();
  const count = tasks.length === 1 ? 'a task' : `${tasks.length} tasks`;
  const schedules = `${count} of ${path}, as ${id}, pid ${process.pid}`;
  tell({ kind: 'notice', level: 'info', text: schedules });
  await stopped;
  return ExitCode.OK;
}

async function showPlan({ json }: Arguments, id: string, tasks: OrchestratorOptions['tasks']): Promise<number> {
  const lastStarts = new LastStarts(new StateFolder(defaultStateFolder(id, process.env), () => undefined));
  const plan = planOf(tasks, Date.now(), lastStarts.all, process.env);
  const dated = plan.map((task) => ({
    ...task,
    nextRuns: task.nextRuns.map((millis) => new Date(millis).toISOString()),
  }));
  process.stdout.write(`${json ? JSON.stringify({ tasks: dated }) : planText(plan)}\n`);
  return ExitCode.OK;
}

/** Its output is this process's, and so is its exit code. */
async function runOnce(task: string, options: OrchestratorOptions): Promise<number> {
  if (options.tasks.every(({ name }) => name !== task)) {
    const known = options.tasks.map(({ name }) => name).join(', ');
    throw new Refusal('no-task', `there is no task ${task}`, `there are ${known}`);
  }
  if (options.tasks.some(({ name, service }) => name === task && service === true)) {
    throw new Refusal('usage', `${task} is a service, which has no end`, undefined);
  }
  const orchestrator = createOrchestrator({ ...options, outputs: OWN_OUTPUTS });
  void obeySignals(orchestrator, undefined);
  const end = await orchestrator.run(task);
  await orchestrator.stop();
  return exitCodeOfEnd(end);
}

async function reload(orchestrator: Orchestrator, path: string, tell: Tell): Promise<void> {
  try {
    await orchestrator.setTasks(readConfigFile(path).tasks);
    tell({ kind: 'notice', level: 'info', text: `${path} is in force` });
  } catch (error) {
    tell({ kind: 'notice', level: 'warn', text: `${messageOf(error)}\nthe tasks stay as they are` });
  }
}

/**
 * The first TERM or INT stops it in order, the second one at once. Resolves when it has stopped.
 *
 * @param onHangUp what HUP does; undefined: the terminal is gone, and it stops.
 */
function obeySignals(orchestrator: Orchestrator, onHangUp: (() => void) | undefined): Promise<void> {
  return new Promise((resolve) => {
    let isAsked = false;
    const stop = () => {
      const ended = isAsked ? orchestrator.kill() : orchestrator.stop();
      isAsked = true;
      ended.then(resolve, resolve);
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
    process.on('SIGHUP', onHangUp ?? stop);
  });
}

async function connectToDaemon(): Promise<Client> {
  return await connect({ timeoutMs: CONNECT_TIMEOUT_MS, autostart: daemonBeside() });
}

/** The daemon that belongs to this program; undefined when it runs from the sources. */
function daemonBeside(): DaemonCommand | undefined {
  const path = join(import.meta.dirname, 'tenured.cjs');
  return existsSync(path) ? { command: process.execPath, args: [path] } : undefined;
}

function tellText(news: Parameters<Tell>[0]): void {
  const time = new Date().toTimeString().slice(0, 'hh:mm:ss'.length);
  process.stderr.write(`${time}  ${newsText(news)}\n`);
}

function tellJson(news: Parameters<Tell>[0]): void {
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), ...news })}\n`);
}

/** Tells of it as all commands do: with `--json` in one document on standard output. */
function refuse(error: unknown, isJson: boolean): number {
  const hint = error instanceof Refusal ? error.hint : undefined;
  const message = error instanceof Refusal ? error.message : error instanceof Error ? error.stack : String(error);
  const { reason, exitCode } = error instanceof Refusal ? REFUSED[error.kind] : OWN_FAULT;
  if (isJson) process.stdout.write(`${JSON.stringify({ error: { reason, message, hint } })}\n`);
  else process.stderr.write(`tenure: ${message}\n${hint === undefined ? '' : `tenure: ${hint}\n`}`);
  return exitCode;
}

main(process.argv.slice(2))
  .catch((error: unknown) => refuse(error, process.argv.includes('--json')))
  .then(
    (exitCode) => process.exit(exitCode),
    () => process.exit(ExitCode.INTERNAL),
  );
