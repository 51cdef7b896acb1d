import type { Client, Holder } from '@tenure/client';
import { isRunning } from '../daemon/running_daemon.js';
import { composeClientId } from './compose_client_id.js';
import type { Project } from './project_file.js';

/** Runs of one project beside each other that have numbers; more are told apart by their pids. */
const MOST_NUMBERS = 100;

/**
 * The client id of a run that was given none: its project's, with the first
 * number that no living run has. Runs beside each other have leases of their
 * own, each of which a revoke reaches; one that was killed leaves its to the
 * next run, which replaces them.
 */
export async function clientIdOfRun(client: Client, { path }: Project): Promise<string> {
  for (let number = 1; number <= MOST_NUMBERS; number += 1) {
    const clientId = composeClientId('exec', `${path}:${number}`);
    const { leases } = await client.leases.listLeases({ filter: { clientId } });
    if (!leases.some(({ holder }) => mayLive(holder))) return clientId;
  }
  return composeClientId('exec', `${path}:pid-${process.pid}`);
}

/** A process that can't be looked at from here may live. */
function mayLive(holder: Holder | undefined): boolean {
  if (holder === undefined || holder.pid === 0) return true;
  return isRunning({ pid: holder.pid, startTicks: Number(holder.startTicks) });
}
