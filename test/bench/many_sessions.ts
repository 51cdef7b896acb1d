import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@tenure/client';
import { median, quantile, rangeOf } from './statistics.js';
import type { Daemon, Workshop } from './workshop.js';

const LIST_TARGET = { bound: 'at most', value: 300 } as const;
const GROWTH_TARGET = { bound: 'at most', value: 10 } as const;
/** On the disk: launched here and ended, and the session files of two agents. */
const LAUNCHED = 500;
const OF_EACH_AGENT = 250;
const RUNNING = 50;
const LISTS = 1_000;
/** Before memory is measured: the daemon's heap finds its size. */
const WARM_UP = 200;
const SAMPLES = join(import.meta.dirname, '..', 'session', 'agents', 'samples');
/** None is left behind for longer, whatever happens to the run. */
const COMMAND = ['sh', '-c', 'echo begun; exec sleep 600'];

/** A list of all sessions, with many on the disk, and what a thousand lists leave in the daemon's memory. */
export async function manySessions(workshop: Workshop): Promise<void> {
  const agents = workshop.newFolder();
  const environment = {
    CLAUDE_CONFIG_DIR: join(agents, 'claude'),
    CODEX_HOME: join(agents, 'codex'),
    XDG_DATA_HOME: join(agents, 'none'),
    PI_CODING_AGENT_DIR: join(agents, 'none'),
  };
  writeAgentSessions(environment.CLAUDE_CONFIG_DIR, environment.CODEX_HOME);
  const stateDir = workshop.newFolder();
  await multiplySession(workshop, stateDir);

  const daemon = await workshop.startDaemon(stateDir, environment);
  const client = await workshop.connect(daemon.socketPath);
  const ids: string[] = [];
  try {
    const cold = await listOnce(client);
    while (ids.length < RUNNING) ids.push(await launch(client, stateDir, COMMAND));
    await measureLists(workshop, daemon, client, cold);
  } finally {
    const stops = ids.map((sessionId) => client.sessions.stopSession({ sessionId, grace: { seconds: 0n, nanos: 0 } }));
    await Promise.all(stops);
  }
}

async function measureLists(workshop: Workshop, daemon: Daemon, client: Client, cold: number): Promise<void> {
  const sessions = LAUNCHED + 2 * OF_EACH_AGENT + RUNNING;
  const times: number[] = [];
  let warm = 0;
  const cpuBefore = daemon.child.cpu();
  for (let list = 0; list < WARM_UP + LISTS; list += 1) {
    if (list === WARM_UP) warm = daemon.child.memory('VmRSS');
    const time = await listOnce(client, sessions);
    if (list >= WARM_UP) times.push(time);
  }
  const cpuMs = ((daemon.child.cpu() - cpuBefore) * 1_000) / (WARM_UP + LISTS);
  workshop.report({
    name: 'sessions/list',
    value: median(times),
    range: rangeOf(times),
    unit: 'ms',
    of: `a list of ${sessions} sessions, ${RUNNING} of them running`,
    target: LIST_TARGET,
    detail: `p99 ${quantile(times, 0.99).toFixed(0)} ms, the first ${cold.toFixed(0)} ms, ${cpuMs.toFixed(0)} ms CPU of the daemon each`,
  });
  const after = daemon.child.memory('VmRSS');
  workshop.report({
    name: 'sessions/memory',
    value: after - warm,
    unit: 'MB',
    of: `growth of the daemon over ${LISTS} lists`,
    target: GROWTH_TARGET,
    detail: `${warm.toFixed(0)} MB before, ${after.toFixed(0)} after, ${daemon.child.memory('VmHWM').toFixed(0)} at most`,
  });
}

/** Milliseconds that a list of everything takes. */
async function listOnce(client: Client, expected?: number): Promise<number> {
  const begin = performance.now();
  const { sessions, adapters } = await client.sessions.listSessions({ ended: true });
  const time = performance.now() - begin;
  const failed = adapters.find(({ ok }) => !ok);
  if (failed !== undefined) throw new Error(`${failed.adapter} did not answer: ${failed.error}`);
  // Agents that run on the machine besides are listed, too.
  if (expected !== undefined && sessions.length < expected)
    throw new Error(`only ${sessions.length} sessions are listed`);
  return time;
}

async function launch(client: Client, directory: string, command: string[]): Promise<string> {
  const { outcome } = await client.sessions.launchSession({ command, directory, force: true });
  if (outcome?.$case !== 'launched') throw new Error('not launched');
  return outcome.value.sessionId;
}

/** One that really ran, as if it had been as many. */
async function multiplySession(workshop: Workshop, stateDir: string): Promise<void> {
  const { child, socketPath } = await workshop.startDaemon(stateDir);
  const client = await workshop.connect(socketPath);
  const sessionId = await launch(client, stateDir, ['sh', '-c', 'seq 1000; seq 100 >&2']);
  await client.sessions.waitSession({ sessionId });
  await child.stop();
  const folder = join(stateDir, 'sessions');
  const record = readFileSync(join(folder, sessionId, 'record.json'), 'utf8');
  for (let copy = 1; copy < LAUNCHED; copy += 1) {
    const id = `s${letters(copy)}`;
    cpSync(join(folder, sessionId), join(folder, id), { recursive: true });
    writeFileSync(join(folder, id, 'record.json'), record.replaceAll(sessionId, id));
  }
}

/** Twelve of a-z, another for each number below 26³. */
function letters(index: number): string {
  const text = [676, 26, 1].map((place) => String.fromCharCode(97 + (Math.floor(index / place) % 26))).join('');
  return text.padStart(12, 'b');
}

function writeAgentSessions(claude: string, codex: string): void {
  const transcript = readFileSync(join(SAMPLES, 'claude', 'finished.jsonl'), 'utf8');
  const rollout = readFileSync(join(SAMPLES, 'codex', 'rollout.jsonl'), 'utf8');
  for (let index = 0; index < OF_EACH_AGENT; index += 1) {
    const id = `${index.toString(16).padStart(8, '0')}-2222-4333-8444-555555555555`;
    const project = join(claude, 'projects', `-project-${index % 20}`);
    const day = join(codex, 'sessions', '2026', '11', String(1 + (index % 28)));
    for (const folder of [project, day]) mkdirSync(folder, { recursive: true });
    writeFileSync(join(project, `${id}.jsonl`), transcript);
    writeFileSync(join(day, `rollout-2026-11-20T11-31-36-${id}.jsonl`), rollout);
  }
}
