import { Refusal } from '../../src/rpc/refusal.js';
import type { SessionAdapter } from '../../src/session/adapter.js';
import type { FoundSession } from '../../src/session/agents/agent_program.js';

/** An adapter that launches shell scripts (its prompt) and finds what it is told to. */
export function fakeAdapter(
  name: string,
  discover: SessionAdapter['discover'] = () => Promise.resolve([]),
): SessionAdapter {
  return {
    name,
    available: () => Promise.resolve(true),
    discover,
    plan: ({ prompt }) => ({ argv: ['sh', '-c', prompt], environment: {}, input: undefined }),
    planResume: () => {
      throw new Refusal('NOT_SUPPORTED', 'this one does not');
    },
    resultOf: () => undefined,
    remote: undefined,
  };
}

/** A session as an adapter would find it; without a process unless it is given one. */
export function foundSession(fields: Partial<FoundSession> & Pick<FoundSession, 'nativeId'>): FoundSession {
  return {
    state: 'running',
    directory: '/somewhere',
    title: '',
    prompt: '',
    model: '',
    usage: undefined,
    process: undefined,
    startWallMs: 1,
    activityWallMs: 2,
    parentNativeId: '',
    ...fields,
  };
}
