import type { FoundSession } from '../agents/agent_program.js';
import { firstWords } from '../agents/words_rules.js';
import type { ToldSession } from './external_protocol.js';

/**
 * A session that an adapter told of. Where it names a process, that one
 * decides whether it lives: what the adapter has kept of it may be old.
 */
export function foundSession(told: ToldSession, isRunning: (pid: number, startTicks: number) => boolean): FoundSession {
  const { id, state, directory, title, prompt, model, usage, process, startMs, activityMs, parentId } = told;
  const lives = state !== 'ended' && (process === undefined || isRunning(process.pid, process.startTicks));
  return {
    nativeId: id,
    state: lives ? state : 'ended',
    directory,
    title: firstWords(title),
    prompt: firstWords(prompt),
    model: firstWords(model),
    usage,
    process: lives ? process : undefined,
    startWallMs: startMs,
    activityWallMs: activityMs,
    parentNativeId: parentId,
  };
}
