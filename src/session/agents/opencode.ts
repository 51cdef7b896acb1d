import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { errnoOf, messageOf } from '../../os/errno.js';
import { agentFolder } from './agent_folder.js';
import type { AgentProgram, FoundSession, SeenProcess, Surroundings } from './agent_program.js';
import { firstTextAt } from './native_id_rules.js';
import { OneLook } from './one_look.js';
import { OpenCodeList } from './opencode_list.js';
import { planOpenCode } from './opencode_plan.js';
import { type OpenCodeFacts, OpenCodeReading } from './opencode_reading.js';
import { resultOfOpenCode } from './opencode_result_rules.js';
import type { OpenCodeSession } from './opencode_rows_rules.js';
import type { Runner } from './process_match_rules.js';
import { RunnerMemory } from './runner_memory.js';
import { findRunners, oldestStart, withRealDirectories } from './runners.js';
import { type OpenDatabase, sqliteOfNode } from './sqlite.js';
import { usageOf } from './usage_rules.js';

/** OpenCode. Which process is in which session it writes down nowhere: directories and times tell. */
export function openCode(
  surroundings: Surroundings,
  sqlite: () => OpenDatabase | undefined = sqliteOfNode,
): AgentProgram {
  const look = new OneLook();
  const memory = new RunnerMemory();
  const list = new OpenCodeList(surroundings);
  let reading: OpenCodeReading | undefined;

  const readFacts = async (runners: readonly SeenProcess[], sinceWallMs: number, signal: AbortSignal) => {
    const path = databasePath(surroundings);
    if (!(await isThere(path))) return NO_FACTS;
    const open = reading === undefined ? sqlite() : undefined;
    if (open !== undefined) reading = new OpenCodeReading(open);
    const mayLive = (one: OpenCodeSession): boolean => one.updatedWallMs >= oldestStart(runners);
    if (reading !== undefined) return await reading.read(path, sinceWallMs, mayLive, signal);
    return await listed(list, runners, signal);
  };

  const discover = async (sinceWallMs: number, signal: AbortSignal): Promise<readonly FoundSession[]> => {
    const runners = await findRunners(surroundings, 'opencode');
    const facts = await readFacts(runners, Math.min(sinceWallMs, oldestStart(runners)), signal);
    const roots = facts.sessions.filter((one) => one.parentId === '');
    const candidates = await withRealDirectories(roots.map(candidateOf));
    const matches = memory.match(runners, candidates, surroundings.wallMs());
    const found = facts.sessions.map((one) => sessionOf(one, facts, matches.get(one.parentId || one.id)));
    return found.filter((one) => one.state !== 'ended' || (one.activityWallMs ?? 0) >= sinceWallMs);
  };

  return {
    name: 'opencode',
    command: 'opencode',
    discover: (sinceWallMs, signal) => look.run(() => discover(sinceWallMs, signal), signal),
    plan: (order) => planOpenCode(order),
    planResume: (nativeId, order) => planOpenCode(order, nativeId),
    nativeIdOf: (outputHead) => firstTextAt(outputHead, 'sessionID'),
    resultOf: resultOfOpenCode,
  };
}

const NO_FACTS: OpenCodeFacts = { sessions: [], promptOf: () => '', lastMessageOf: () => undefined };

function databasePath(surroundings: Surroundings): string {
  const folder = join(agentFolder(surroundings, 'XDG_DATA_HOME', '.local', 'share'), 'opencode');
  return resolve(folder, surroundings.environment['OPENCODE_DB'] || 'opencode.db');
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return false;
    throw error;
  }
}

/** Only of the projects in which it runs now: of others nothing tells where they are. */
async function listed(
  list: OpenCodeList,
  runners: readonly SeenProcess[],
  signal: AbortSignal,
): Promise<OpenCodeFacts> {
  try {
    return { ...NO_FACTS, sessions: await list.read(new Set(runners.map((one) => one.directory)), signal) };
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(
      `OpenCode's database needs Node 22.13 or later, and this is ${process.version}; \`opencode session list\` in its place: ${messageOf(error)}`,
    );
  }
}

function candidateOf({ id, directory, createdWallMs, updatedWallMs }: OpenCodeSession) {
  return { id, directory, createdWallMs, activityWallMs: updatedWallMs };
}

function sessionOf(
  session: OpenCodeSession,
  facts: OpenCodeFacts,
  runner: Runner | 'unclear' | undefined,
): FoundSession {
  const last = facts.lastMessageOf(session.id);
  const state = runner === undefined ? 'ended' : stateOf(session, last?.settled ?? false, runner);
  const isKnown = state !== 'ended' && runner !== undefined && runner !== 'unclear';
  return {
    nativeId: session.id,
    state,
    directory: session.directory,
    title: session.title,
    prompt: facts.promptOf(session.id),
    model: session.model || (last?.model ?? ''),
    usage: usageOf(session.used),
    process: isKnown ? { pid: runner.pid, startTicks: runner.startTicks } : undefined,
    startWallMs: session.createdWallMs,
    activityWallMs: session.updatedWallMs,
    parentNativeId: session.parentId,
  };
}

/** A sub-agent's session lives inside its parent's process, and is over with its last answer. */
function stateOf(session: OpenCodeSession, settled: boolean, runner: Runner | 'unclear'): FoundSession['state'] {
  if (session.parentId === '') return settled ? 'idle' : 'running';
  const isOlder = runner !== 'unclear' && session.updatedWallMs < runner.startWallMs;
  return settled || isOlder ? 'ended' : 'running';
}
