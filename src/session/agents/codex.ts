import { join } from 'node:path';
import type { ProcessIdentity } from '../../os/process_identity.js';
import { agentFolder } from './agent_folder.js';
import type { AgentProgram, FoundSession, Surroundings } from './agent_program.js';
import { readCodexWriters } from './codex_locks.js';
import { readOpenRollouts } from './codex_open_rollouts.js';
import { planCodex } from './codex_plan.js';
import { resultOfCodex } from './codex_result_rules.js';
import { CODEX_ROLLOUT, type CodexRollout } from './codex_rollout_rules.js';
import { type FoundFile, findFiles } from './found_files.js';
import { firstTextAt } from './native_id_rules.js';
import { OneLook } from './one_look.js';
import { ReadFiles } from './read_files.js';
import { usageOf } from './usage_rules.js';

/** In folders of the year, the month and the day that the thread began. */
const ROLLOUT = /^rollout-.*?-([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})\.jsonl$/;
const DATE_FOLDERS = 3;

/** OpenAI's Codex. Its sessions are called threads there. */
export function codex(surroundings: Surroundings): AgentProgram {
  const look = new OneLook();
  const rollouts = new ReadFiles(CODEX_ROLLOUT);
  return {
    name: 'codex',
    command: 'codex',
    discover: (sinceWallMs, signal) => look.run(() => discover(surroundings, rollouts, sinceWallMs, signal), signal),
    plan: (order) => planCodex(order),
    planResume: (nativeId, order) => planCodex(order, nativeId),
    nativeIdOf: (outputHead) => firstTextAt(outputHead, 'thread_id'),
    resultOf: resultOfCodex,
  };
}

async function discover(
  surroundings: Surroundings,
  rollouts: ReadFiles<CodexRollout>,
  sinceWallMs: number,
  signal: AbortSignal,
): Promise<readonly FoundSession[]> {
  const folder = agentFolder(surroundings, 'CODEX_HOME', '.codex');
  const sessions = join(folder, 'sessions');
  const lockers = await readCodexWriters(join(folder, 'thread-writer-locks'), surroundings, signal);
  const writers = lockers.size > 0 ? lockers : await readOpenRollouts(sessions, ROLLOUT, surroundings, signal);
  const files = await findFiles(sessions, DATE_FOLDERS, ROLLOUT, signal);
  const wanted = files.filter((file) => file.stats.mtimeMs >= sinceWallMs || writers.has(idOf(file)));
  const read = await rollouts.read(wanted, signal);
  const found: FoundSession[] = [];
  for (const file of wanted) {
    const rollout = read.get(file.path);
    if (rollout !== undefined) found.push(sessionOf(idOf(file), rollout, file, writers.get(idOf(file))));
  }
  // A thread that was opened and not yet asked anything has no rollout.
  const known = new Set(wanted.map(idOf));
  for (const [id, writer] of writers) {
    if (!known.has(id)) found.push(sessionOf(id, CODEX_ROLLOUT.empty, undefined, writer));
  }
  return found;
}

function idOf({ name }: FoundFile): string {
  return ROLLOUT.exec(name)?.[1] ?? '';
}

function sessionOf(
  nativeId: string,
  { directory, model, prompt, startWallMs, used, settled, parentId }: CodexRollout,
  file: FoundFile | undefined,
  writer: ProcessIdentity | undefined,
): FoundSession {
  return {
    nativeId,
    state: writer === undefined ? 'ended' : settled ? 'idle' : 'running',
    // Before there is a rollout nobody knows: one server writes for many terminals.
    directory,
    title: '',
    prompt,
    model,
    usage: usageOf(used),
    process: writer,
    startWallMs,
    activityWallMs: file?.stats.mtimeMs,
    parentNativeId: parentId,
  };
}
