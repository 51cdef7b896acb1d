import type { OverlapName } from '../configured_agents/agent_definition.js';

/** What to do about a moment that has come. */
export type OverlapVerdict = 'launch' | 'skip' | 'queue';

/** @param busy sessions of the agent that run, or are being launched. */
export function overlapVerdict(overlap: OverlapName, busy: number): OverlapVerdict {
  if (busy === 0) return 'launch';
  switch (overlap) {
    case 'skip':
      return 'skip';
    case 'queue':
      return 'queue';
    case 'allow':
      return 'launch';
  }
}
