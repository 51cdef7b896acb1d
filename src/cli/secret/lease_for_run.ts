import type { Client, Holder } from '@tenure/client';
import { isRunning } from '../daemon/running_daemon.js';
import { Failure } from '../failure.js';
import { composeClientId } from './compose_client_id.js';
import { type LendingWish, type LentSecret, leaseAll } from './lent_secrets.js';
import type { Project } from './project_file.js';

/** Runs of one project beside each other that have numbers; more are told apart by their pids. */
const MOST_NUMBERS = 100;

/**
 * Leases a project's secrets for a run that was given no client id: under the
 * project's own, with the first number that no living run has. Runs beside
 * each other have leases of their own, each of which a revoke reaches; one
 * that was killed leaves its to the next run, which replaces them.
 */
export async function leaseForRun(
  client: Client,
  { path, secrets }: Project,
  wish: Pick<LendingWish, 'reason' | 'signal'>,
): Promise<readonly LentSecret[]> {
  for (let number = 1; number <= MOST_NUMBERS; number += 1) {
    const clientId = composeClientId('exec', `${path}:${number}`);
    if (await isInUse(client, clientId)) continue;
    try {
      return await leaseAll(client, { ...wish, secrets, clientId, refuseInUse: true });
    } catch (error) {
      // Another run has begun in between.
      if (!(error instanceof Failure && error.reason === 'CLIENT_ID_IN_USE')) throw error;
    }
  }
  return await leaseAll(client, { ...wish, secrets, clientId: composeClientId('exec', `${path}:pid-${process.pid}`) });
}

async function isInUse(client: Client, clientId: string): Promise<boolean> {
  const { leases } = await client.leases.listLeases({ filter: { clientId } });
  return leases.some(({ holder }) => mayLive(holder));
}

/** A process that can't be looked at from here may live. */
function mayLive(holder: Holder | undefined): boolean {
  if (holder === undefined || holder.pid === 0) return true;
  return isRunning({ pid: holder.pid, startTicks: Number(holder.startTicks) });
}
