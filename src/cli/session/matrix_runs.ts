import { type Client, isTenureError, type LaunchHeld, type LaunchSessionFields, type Session } from '@tenure/client';
import { eachAtMost } from '../secret/each_at_most.js';
import type { Combination } from './matrix_rules.js';

/** Launches at once: worktrees of one repository wait for each other. */
const AT_ONCE = 4;

/** What became of one combination. */
export type MatrixRun = Combination &
  (
    | { readonly kind: 'launched'; readonly session: Session }
    | { readonly kind: 'held'; readonly held: LaunchHeld }
    | { readonly kind: 'failed'; readonly error: unknown }
  );

/** Launches every combination; that one fails stops no other. */
export async function launchMatrix(
  client: Client,
  combinations: readonly Combination[],
  shared: LaunchSessionFields,
): Promise<readonly MatrixRun[]> {
  return await eachAtMost(AT_ONCE, combinations, async (combination): Promise<MatrixRun> => {
    const { adapter, model, prompt, args } = combination;
    try {
      const { outcome } = await client.sessions.launchSession({
        ...shared,
        adapter,
        model,
        prompt,
        command: [...args],
      });
      switch (outcome?.$case) {
        case 'launched':
          return { ...combination, kind: 'launched', session: outcome.value };
        case 'held':
          return { ...combination, kind: 'held', held: outcome.value };
        case undefined:
          throw new Error('the daemon answered nothing that this version of tenure knows; update it');
      }
    } catch (error) {
      if (!isTenureError(error)) throw error;
      return { ...combination, kind: 'failed', error };
    }
  });
}

/** Waits for all that run, and puts how they ended in the place of what they were. */
export async function waitMatrix(client: Client, runs: readonly MatrixRun[]): Promise<readonly MatrixRun[]> {
  return await Promise.all(
    runs.map(async (run): Promise<MatrixRun> => {
      if (run.kind !== 'launched') return run;
      try {
        const { session } = await client.sessions.waitSession({ sessionId: run.session.sessionId });
        return { ...run, session: session ?? run.session };
      } catch (error) {
        if (!isTenureError(error)) throw error;
        return { ...run, kind: 'failed', error };
      }
    }),
  );
}
