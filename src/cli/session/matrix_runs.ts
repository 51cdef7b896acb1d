import { setTimeout as delay } from 'node:timers/promises';
import { type Client, isTenureError, type LaunchHeld, type LaunchSessionFields, type Session } from '@tenure/client';
import { eachAtMost } from '../secret/each_at_most.js';
import type { Combination } from './matrix_rules.js';

/** Launches at once: worktrees of one repository wait for each other. */
const AT_ONCE = 4;
/** How often room is looked for, in milliseconds. */
const LOOK_AGAIN_MS = 1_000;

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
  return await eachAtMost(AT_ONCE, combinations, (combination) => launchOne(client, combination, shared));
}

async function launchOne(client: Client, combination: Combination, shared: LaunchSessionFields): Promise<MatrixRun> {
  const { adapter, model, promptNumber, prompt, args } = combination;
  const plain = { adapter, model, promptNumber, prompt, args };
  try {
    const { outcome } = await client.sessions.launchSession({ ...shared, adapter, model, prompt, command: [...args] });
    switch (outcome?.$case) {
      case 'launched':
        return { ...plain, kind: 'launched', session: outcome.value };
      case 'held':
        return { ...plain, kind: 'held', held: outcome.value };
      case undefined:
        throw new Error('the daemon answered nothing that this version of tenure knows; update it');
    }
  } catch (error) {
    if (!isTenureError(error)) throw error;
    return { ...plain, kind: 'failed', error };
  }
}

/** Whether as many run as may, by the configuration: there is room again once one of them has ended. */
export function isFull(run: MatrixRun): boolean {
  return run.kind === 'held' && !run.held.resource.startsWith('dir/');
}

export interface MatrixWaiting {
  readonly shared: LaunchSessionFields;
  /** Lets nothing more be launched. */
  readonly signal: AbortSignal;
  /** One for which room came. */
  readonly onLaunched: (session: Session) => void;
}

/**
 * Waits for all, and puts how they ended in the place of what they were. What
 * there was no room for is launched as room comes, in its order.
 */
export async function waitMatrix(
  client: Client,
  runs: readonly MatrixRun[],
  waiting: MatrixWaiting,
): Promise<readonly MatrixRun[]> {
  /** The last one that waits for room, by what there is no room of. */
  const last = new Map<string, Promise<MatrixRun>>();
  return await Promise.all(
    runs.map(async (run) => {
      if (run.kind !== 'held' || !isFull(run)) return await waitFor(client, run);
      const { resource } = run.held;
      const before = last.get(resource) ?? Promise.resolve(run);
      const launched = before.then(() => launchOnceThereIsRoom(client, run, waiting));
      last.set(resource, launched);
      return await waitFor(client, await launched);
    }),
  );
}

async function launchOnceThereIsRoom(
  client: Client,
  run: MatrixRun,
  { shared, signal, onLaunched }: MatrixWaiting,
): Promise<MatrixRun> {
  let now = run;
  while (isFull(now)) {
    try {
      await delay(LOOK_AGAIN_MS, undefined, { signal });
    } catch {
      return now;
    }
    now = await launchOne(client, run, shared);
  }
  if (now.kind === 'launched') onLaunched(now.session);
  return now;
}

async function waitFor(client: Client, run: MatrixRun): Promise<MatrixRun> {
  if (run.kind !== 'launched') return run;
  try {
    const { session } = await client.sessions.waitSession({ sessionId: run.session.sessionId });
    return { ...run, session: session ?? run.session };
  } catch (error) {
    if (!isTenureError(error)) throw error;
    return { ...run, kind: 'failed', error };
  }
}
