import { setTimeout as delay } from 'node:timers/promises';
import { type Client, describeEnd, type HeldLease, LeaseLostError } from '@tenure/client';
import { ExitCode } from '../exit_codes.js';
import { warn } from '../output.js';
import { reportOf } from '../report.js';
import { printable } from '../style.js';
import type { BoundEnvFile } from './bound_env_file.js';
import { otherClientId } from './compose_client_id.js';
import { leaseAnewPauseMs, retryPauseMs } from './keeping_rules.js';
import { KeptLeases } from './kept_leases.js';
import { type LentSecret, leaseAll, releaseAll } from './lent_secrets.js';
import { watchNewValues } from './new_values.js';
import type { ProjectSecret } from './project_file.js';

export interface EnvWatch {
  readonly client: Client;
  readonly file: BoundEnvFile;
  /** On the file itself. */
  readonly lease: HeldLease;
  readonly secrets: readonly ProjectSecret[];
  readonly clientId: string;
  readonly reason: string;
  /** Ends the watch; also when the lease on the file is lost. */
  readonly signal: AbortSignal;
  /** Told of each writing, the first one too. */
  readonly onWritten: (lent: readonly LentSecret[]) => Promise<void>;
}

/**
 * Keeps an env file with the newest values until the signal fires or a lease
 * is lost, then removes it and releases the leases. Answers the exit code.
 *
 * The secrets are leased anew under two client ids in turn: the older leases
 * are released once the file is bound to the newer ones, so that it is bound
 * at every moment, and is never away.
 */
export async function watchEnvFile(watch: EnvWatch): Promise<number> {
  const sinceMs = Date.now();
  const stop = new AbortController();
  const signal = AbortSignal.any([watch.signal, stop.signal]);
  const names = watch.secrets.map(({ name }) => name);
  let leases = await Leases.take(watch, 0);
  const alarm = new Alarm();
  const news = watchNewValues(watch.client, names, sinceMs, signal, () => alarm.ring());
  try {
    await watch.file.put(leases.lent);
    await watch.onWritten(leases.lent);
    leases.keep(alarm);
    let pauseMs = leases.anewMs;
    let saidWhy = false;
    let turn = 1;
    for (;;) {
      await alarm.sleep(pauseMs, signal);
      const ended = endOf(leases, watch);
      if (ended !== undefined) return ended;
      try {
        leases = await renew(watch, leases, alarm, turn);
        turn += 1;
        pauseMs = leases.anewMs;
        saidWhy = false;
      } catch (error) {
        if (signal.aborted) continue;
        if (!saidWhy) warn(`tenure: ${reportOf(error).message}; the file stays as it is`);
        saidWhy = true;
        pauseMs = retryPauseMs(leases.shortestTtlMs);
      }
    }
  } finally {
    stop.abort();
    watch.file.remove();
    await leases.close();
    await news;
  }
}

/** The exit code where the watch has come to its end. */
function endOf(leases: Leases, { file, lease, signal }: EnvWatch): number | undefined {
  const lost = lossOf(lease) ?? (signal.aborted ? undefined : leases.lost);
  if (lost !== undefined) {
    warn(`tenure: ${lost}; the env file is removed`);
    return ExitCode.LOST;
  }
  if (signal.aborted) return ExitCode.OK;
  if (!file.isTaken) return undefined;
  warn('tenure: something else has written the env file since; it stays as it is');
  return ExitCode.HELD;
}

function lossOf({ lease, signal }: HeldLease): string | undefined {
  const why: unknown = signal.reason;
  return why instanceof LeaseLostError
    ? `the lease on ${printable(lease.resource)} is gone (${describeEnd(why.end)})`
    : undefined;
}

/** Leases all anew and binds the file to the new leases; then the old ones go. */
async function renew(watch: EnvWatch, older: Leases, alarm: Alarm, turn: number): Promise<Leases> {
  const newer = await Leases.take(watch, turn);
  try {
    if (await watch.file.put(newer.lent)) await watch.onWritten(newer.lent);
  } catch (error) {
    await newer.close();
    throw error;
  }
  newer.keep(alarm);
  await older.close();
  newer.lost ??= older.lost;
  return newer;
}

/** The leases of one turn. */
class Leases {
  readonly lent: readonly LentSecret[];
  /** What is gone, and how. */
  lost: string | undefined;
  readonly #client: Client;
  #kept: KeptLeases | undefined;

  static async take({ client, secrets, clientId, reason, signal }: EnvWatch, turn: number): Promise<Leases> {
    const id = turn % 2 === 0 ? clientId : otherClientId(clientId);
    return new Leases(client, await leaseAll(client, { secrets, clientId: id, reason, signal }));
  }

  private constructor(client: Client, lent: readonly LentSecret[]) {
    this.#client = client;
    this.lent = lent;
  }

  get shortestTtlMs(): number {
    return Math.min(...this.lent.map(({ ttlMs }) => ttlMs));
  }

  get anewMs(): number {
    return leaseAnewPauseMs(this.shortestTtlMs);
  }

  /** Renews them, for a time when they can't be had anew, and rings when one is lost. */
  keep(alarm: Alarm): void {
    this.#kept = new KeptLeases(this.#client, this.lent, {
      lost: (name, end) => {
        this.lost ??= `the lease on the secret ${printable(name)} is gone (${describeEnd(end)})`;
        alarm.ring();
      },
      away: () => warn('tenure: the daemon is away; the env file stays, and is kept up to date when it is back'),
      unwatched: () => undefined,
    });
  }

  async close(): Promise<void> {
    await this.#kept?.close();
    await releaseAll(this.#client, this.lent);
  }
}

/** Wakes a sleeper early. */
class Alarm {
  #bell = new AbortController();

  ring(): void {
    this.#bell.abort();
  }

  async sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    try {
      await delay(milliseconds, undefined, { signal: AbortSignal.any([signal, this.#bell.signal]) });
    } catch {
      // Woken.
    }
    this.#bell = new AbortController();
  }
}
