import { realpathSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { type AcquireOutcome, type Blocker, type Client, type HeldLease, resourceName } from '@tenure/client';
import { ExitCode } from '../exit_codes.js';
import { Failure } from '../failure.js';
import { describeBlocker } from '../lease/lease_text.js';
import { printable } from '../style.js';

/** How long another that writes the file is waited for, in milliseconds: more than a source has by default, 10 s. */
const WAIT_MS = 15_000;

/** Why the lease is held, for people; a watch is told by it, which no wait outlasts. */
export const WRITING = 'tenure secret env';
export const WATCHING = 'tenure secret env --watch';

export interface EnvFileWish {
  /** Absolute; its folder is there. */
  readonly path: string;
  readonly reason: typeof WRITING | typeof WATCHING;
  /** The wish to stop. */
  readonly signal: AbortSignal;
}

/**
 * Does the work while it alone writes the env file: others that write wait,
 * and are refused beside a watch.
 *
 * The lease is neither inherited nor handed down: commands of one tree, too, write one after the other.
 *
 * @throws Failure where the file stays another's.
 */
export async function withEnvFile<T>(
  client: Client,
  { path, reason, signal }: EnvFileWish,
  work: (lease: HeldLease) => Promise<T>,
): Promise<T> {
  const hold = client.hold();
  // One that has lost its lease may still be at the file: the next one waits for its end.
  const wish = { resource: resourceOf(path), reason, signal, inherit: false, handover: 'wait' } as const;
  try {
    let acquired = await hold.acquire(wish);
    if (acquired.outcome === 'held' && !isForLong(acquired)) acquired = await hold.acquire({ ...wish, wait: WAIT_MS });
    if (acquired.outcome === 'held') throw heldFailure(path, acquired);
    const [lease] = acquired.leases;
    if (lease === undefined) throw new Error('the daemon granted a lease and named none; update tenure');
    return await work(lease);
  } finally {
    // Gives the lease back, and waits but shortly for a daemon that is away.
    await hold.close();
  }
}

/** Of the file itself, by whatever links its folder is named; it may not be there yet, and is no link. */
function resourceOf(path: string): string {
  return resourceName(`env-file/${realpathSync(dirname(path))}/${basename(path)}`);
}

type Held = Extract<AcquireOutcome, { outcome: 'held' }>;

/** By a watch, or by an ancestor, which may wait for this very run. */
function isForLong({ results }: Held): boolean {
  return results.some(
    ({ outcome }) =>
      outcome?.$case === 'held' &&
      (outcome.value.ancestorLeaseId !== '' || outcome.value.blockers.some((one) => reasonOf(one) === WATCHING)),
  );
}

function reasonOf({ blocker }: Blocker): string {
  return blocker?.$case === 'lease' ? blocker.value.reason : '';
}

function heldFailure(path: string, { results }: Held): Failure {
  const [blocker] = results.flatMap(({ outcome }) => (outcome?.$case === 'held' ? outcome.value.blockers : []));
  const how = blocker === undefined ? 'held' : describeBlocker(blocker);
  const reason = blocker === undefined ? '' : reasonOf(blocker);
  const why = reason === '' ? '' : `: "${printable(reason)}"`;
  return new Failure(
    'ENV_FILE_HELD',
    ExitCode.HELD,
    `${printable(path)} is ${how}${why}; nothing was written`,
    'end that one, or write another file with --file',
  );
}
