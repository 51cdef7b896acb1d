import { type Client, durationFromMillis, durationToMillis, isTenureError, type Lease } from '@tenure/client';
import { Failure } from '../failure.js';
import { reportOf } from '../report.js';
import { printable } from '../style.js';
import { eachAtMost } from './each_at_most.js';
import type { ProjectSecret } from './project_file.js';

/** Calls to the daemon that are under way together. */
const AT_ONCE = 16;
/**
 * How long calls that are under way may go on after the wish to stop, in
 * milliseconds: a lease that was granted just then is known by its answer
 * alone. A source takes longer, and is given up.
 */
const LAST_ANSWERS_MS = 500;
/** Longest time to wait for the daemon's word on releases, in milliseconds. Past it, the TTL ends the leases. */
const RELEASE_MS = 2_000;

/** A secret with a lease in force. */
export interface LentSecret {
  readonly name: string;
  readonly value: Uint8Array;
  readonly version: bigint;
  readonly leaseId: string;
  readonly ownerToken: string;
  /** As the daemon has it, also where none was named. */
  readonly clientId: string;
  /** Of the grant. */
  readonly revision: bigint;
  readonly ttlMs: number;
  readonly expireTime: Lease['expireTime'];
}

export interface LendingWish {
  readonly secrets: readonly Pick<ProjectSecret, 'name' | 'ttlMs'>[];
  /** Undefined: by this program and its working directory. */
  readonly clientId: string | undefined;
  /** Fails with CLIENT_ID_IN_USE where another living process has a lease of this client id. */
  readonly refuseInUse?: boolean;
  /** For people. */
  readonly reason: string;
  /** The wish to stop. */
  readonly signal: AbortSignal;
}

/**
 * Leases all of the secrets or none: where one fails, those taken are
 * released. A secret that is named twice is leased once, for the shorter TTL,
 * for a client has one lease on it.
 */
export async function leaseAll(client: Client, wish: LendingWish): Promise<readonly LentSecret[]> {
  const ttls = new Map<string, number>();
  for (const { name, ttlMs } of wish.secrets) {
    ttls.set(name, Math.min(ttls.get(name) ?? Number.POSITIVE_INFINITY, ttlMs ?? Number.POSITIVE_INFINITY));
  }
  const lent: LentSecret[] = [];
  const patience = patienceAfter(wish.signal);
  try {
    const all = await eachAtMost(AT_ONCE, [...ttls], async ([name, ttlMs]) => {
      wish.signal.throwIfAborted();
      const one = await lease(client, name, ttlMs, { ...wish, signal: patience.signal });
      lent.push(one);
      return one;
    });
    wish.signal.throwIfAborted();
    return all;
  } catch (error) {
    await releaseAll(client, lent);
    throw error;
  } finally {
    patience.close();
  }
}

/** A signal that fires some time after another one. */
function patienceAfter(stop: AbortSignal): { readonly signal: AbortSignal; close(): void } {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const begin = (): void => {
    timer = setTimeout(() => controller.abort(), LAST_ANSWERS_MS);
  };
  stop.addEventListener('abort', begin, { once: true });
  return {
    signal: controller.signal,
    close: () => {
      stop.removeEventListener('abort', begin);
      clearTimeout(timer);
    },
  };
}

async function lease(
  client: Client,
  name: string,
  ttlMs: number,
  { clientId, refuseInUse, reason, signal }: LendingWish,
): Promise<LentSecret> {
  const ttl = Number.isFinite(ttlMs) ? durationFromMillis(ttlMs) : undefined;
  try {
    const answer = await client.secrets.leaseSecret({ name, clientId, ttl, reason, refuseInUse }, { signal });
    const { value, version, ownerToken, lease: granted } = answer;
    if (granted?.ttl === undefined) throw new Error('the daemon lent a secret without a lease; update tenure');
    const { leaseId, revision, expireTime } = granted;
    const lasting = durationToMillis(granted.ttl);
    return {
      name,
      value,
      version,
      leaseId,
      ownerToken,
      clientId: granted.clientId,
      revision,
      ttlMs: lasting,
      expireTime,
    };
  } catch (error) {
    if (!isTenureError(error) || signal.aborted) throw error;
    const report = reportOf(error);
    const message = `the secret ${printable(name)} can't be had: ${report.message}`;
    throw new Failure(report.reason, report.exitCode, message, report.hint);
  }
}

/** Gives leases back. One that can't be given back is no error: its TTL ends it. */
export async function releaseAll(client: Client, lent: readonly LentSecret[]): Promise<void> {
  const signal = AbortSignal.timeout(RELEASE_MS);
  await eachAtMost(AT_ONCE, lent, async ({ ownerToken }) => {
    try {
      await client.leases.releaseLease({ ownerToken }, { signal, timeoutMs: RELEASE_MS });
    } catch {
      // Gone already, or the daemon is away.
    }
  });
}
