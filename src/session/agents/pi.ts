import { isAbsolute, join } from 'node:path';
import { agentFolder } from './agent_folder.js';
import type { AgentProgram, FoundSession, Surroundings } from './agent_program.js';
import { type FoundFile, findFiles } from './found_files.js';
import { textOfFirst } from './native_id_rules.js';
import { OneLook } from './one_look.js';
import { planPi } from './pi_plan.js';
import { resultOfPi } from './pi_result_rules.js';
import { PI_SESSION, type PiSession } from './pi_session_rules.js';
import type { Candidate, Runner } from './process_match_rules.js';
import { ReadFiles } from './read_files.js';
import { RunnerMemory } from './runner_memory.js';
import { findRunners, oldestStart, withRealDirectories } from './runners.js';
import { usageOf } from './usage_rules.js';

/** Ids may be of a user's own choice. */
const SESSION = /^\d{4}-\d\d-\d\dT[\d-]+Z_.+\.jsonl$/;

interface Known {
  readonly file: FoundFile;
  readonly session: PiSession;
}

/** Pi. Its files come into being when the first answer is complete; until then a session of its is not seen. */
export function pi(surroundings: Surroundings): AgentProgram {
  const look = new OneLook();
  const files = new ReadFiles(PI_SESSION);
  const memory = new RunnerMemory();
  const discover = async (sinceWallMs: number, signal: AbortSignal): Promise<readonly FoundSession[]> => {
    const runners = await findRunners(surroundings, 'pi');
    const known = await readSessions(surroundings, files, Math.min(sinceWallMs, oldestStart(runners)), signal);
    const candidates = await withRealDirectories(known.map(candidateOf));
    const matches = memory.match(runners, candidates, surroundings.wallMs());
    return known
      .filter(({ file, session }) => matches.has(session.id) || file.stats.mtimeMs >= sinceWallMs)
      .map((one) => sessionOf(one, matches.get(one.session.id)));
  };
  return {
    name: 'pi',
    command: 'pi',
    discover: (sinceWallMs, signal) => look.run(() => discover(sinceWallMs, signal), signal),
    plan: (order) => planPi(order),
    planResume: (nativeId, order) => planPi(order, nativeId),
    nativeIdOf: (outputHead) => textOfFirst(outputHead, 'session', 'id'),
    resultOf: resultOfPi,
  };
}

async function readSessions(
  surroundings: Surroundings,
  files: ReadFiles<PiSession>,
  sinceWallMs: number,
  signal: AbortSignal,
): Promise<readonly Known[]> {
  const found = await findFiles(sessionsFolder(surroundings), 1, SESSION, signal);
  const wanted = found.filter((file) => file.stats.mtimeMs >= sinceWallMs);
  const read = await files.read(wanted, signal);
  const known = new Map<string, Known>();
  for (const file of wanted) {
    const session = read.get(file.path);
    if (session !== undefined && session.id !== '') known.set(session.id, { file, session });
  }
  return [...known.values()];
}

/** Beside each other where the user has named their folder, else in one folder for each directory. */
function sessionsFolder(surroundings: Surroundings): string {
  const named = surroundings.environment['PI_CODING_AGENT_SESSION_DIR'];
  if (named !== undefined && isAbsolute(named)) return named;
  return join(agentFolder(surroundings, 'PI_CODING_AGENT_DIR', '.pi', 'agent'), 'sessions');
}

function candidateOf({ file, session }: Known): Candidate {
  return {
    id: session.id,
    directory: session.directory,
    createdWallMs: session.startWallMs ?? file.stats.birthtimeMs,
    activityWallMs: file.stats.mtimeMs,
  };
}

function sessionOf({ file, session }: Known, runner: Runner | 'unclear' | undefined): FoundSession {
  return {
    nativeId: session.id,
    state: runner === undefined ? 'ended' : session.settled ? 'idle' : 'running',
    directory: session.directory,
    title: session.name,
    prompt: session.prompt,
    model: session.model,
    usage: usageOf(session.used),
    process:
      runner === undefined || runner === 'unclear' ? undefined : { pid: runner.pid, startTicks: runner.startTicks },
    startWallMs: session.startWallMs,
    activityWallMs: file.stats.mtimeMs,
    parentNativeId: session.parentId,
  };
}
