import { LeaseEnd } from '@tenure/client/gen/tenure/lease/v1/lease';
import { Refusal } from '../../rpc/refusal.js';
import type { EventSink } from '../../telemetry/events.js';
import { faultText } from '../fault_text.js';
import { failureOf, type HookParts, runHook } from '../hook_command.js';
import type { EndedLease } from '../secret_leases.js';
import { resourceOf } from '../secret_name_rules.js';
import type { StoredRevocation } from '../vault/vault_document.js';
import type { Vault } from '../vault/vault_port.js';
import { type NotStored, RevocationRecords } from './revocation_records.js';
import { failedAgain, isIrrevocable, newRevocation, untilNextTryMs } from './revocation_rules.js';

/** `on_revoke` commands at the same time. */
const MOST_AT_ONCE = 4;

export interface RevocationsParts extends HookParts {
  readonly vault: Pick<Vault, 'recipient' | 'document' | 'update'>;
  readonly wallMs: () => number;
  /** From 0 to 1. */
  readonly chance: () => number;
  readonly events: EventSink;
}

interface Attempt {
  readonly abort: AbortController;
  readonly over: Promise<void>;
}

/** Runs the `on_revoke` command of each lease that was revoked, again and again until it succeeds or is forgotten. */
export class Revocations {
  readonly #parts: RevocationsParts;
  readonly #records: RevocationRecords;
  /** Leases whose next try has to wait. */
  readonly #timers = new Map<string, NodeJS.Timeout>();
  /** Leases whose try is due, in order. */
  readonly #due = new Set<string>();
  readonly #attempts = new Map<string, Attempt>();
  #closed = false;

  constructor(parts: RevocationsParts) {
    this.#parts = parts;
    this.#records = new RevocationRecords(parts.vault, (notStored) => this.#tellNotStored(notStored));
  }

  /** Takes up what the vault has. */
  start(): void {
    for (const revocation of this.#records.load()) this.#schedule(revocation);
  }

  /** Runs the secret's command once the vault has it; where that can't take it, from memory alone. Other ends than a revocation run none. */
  revoked(lease: EndedLease): void {
    const { leaseId, resource, end } = lease;
    if (end !== LeaseEnd.REVOKED || this.#records.get(leaseId) !== undefined) return;
    const name = resource.slice(resourceOf('').length);
    const command = this.#parts.vault.document.secrets.get(name)?.hooks.onRevoke ?? '';
    if (command === '') return;
    const revocation = newRevocation(lease, name, command, this.#parts.wallMs());
    void this.#records.put(revocation).then(() => this.#becomeDue(leaseId));
  }

  /** Oldest first. */
  list(): readonly StoredRevocation[] {
    return [...this.#records.all()].sort((one, other) => one.revokeWallMs - other.revokeWallMs);
  }

  /** Gives up on a command, and kills it where it runs. Rejects with a Refusal of the vault; then it is tried on. */
  async forget(leaseId: string): Promise<StoredRevocation | undefined> {
    const revocation = this.#records.get(leaseId);
    if (revocation === undefined) return undefined;
    this.#stopTimer(leaseId);
    const notStored = this.#records.delete(leaseId);
    this.#attempts.get(leaseId)?.abort.abort();
    const fault = await notStored;
    if (fault === undefined || this.#parts.vault.recipient === undefined) return revocation;
    await this.#records.put(revocation);
    this.#schedule(revocation);
    throw fault.error;
  }

  numbers(): { readonly pending: number; readonly irrevocable: number } {
    let pending = 0;
    let irrevocable = 0;
    for (const { attempts } of this.#records.all()) {
      pending += 1;
      if (isIrrevocable(attempts)) irrevocable += 1;
    }
    return { pending, irrevocable };
  }

  /** Kills the commands that run: the next start runs them again. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#due.clear();
    const attempts = [...this.#attempts.values()];
    for (const { abort } of attempts) abort.abort();
    await Promise.all(attempts.map(({ over }) => over));
    await this.#records.close();
  }

  #schedule(revocation: StoredRevocation): void {
    const { leaseId } = revocation;
    this.#stopTimer(leaseId);
    if (this.#closed) return;
    const waitMs = untilNextTryMs(revocation, this.#parts.wallMs());
    if (waitMs === 0) {
      this.#becomeDue(leaseId);
      return;
    }
    this.#timers.set(
      leaseId,
      setTimeout(() => {
        this.#timers.delete(leaseId);
        this.#becomeDue(leaseId);
      }, waitMs),
    );
  }

  #stopTimer(leaseId: string): void {
    clearTimeout(this.#timers.get(leaseId));
    this.#timers.delete(leaseId);
  }

  #becomeDue(leaseId: string): void {
    if (this.#closed || this.#records.get(leaseId) === undefined) return;
    this.#due.add(leaseId);
    this.#startDue();
  }

  #startDue(): void {
    for (const leaseId of this.#due) {
      if (this.#attempts.size >= MOST_AT_ONCE) return;
      // Its killed command has not ended yet.
      if (this.#attempts.has(leaseId)) continue;
      this.#due.delete(leaseId);
      const revocation = this.#records.get(leaseId);
      if (revocation === undefined) continue;
      const abort = new AbortController();
      const over = this.#try(revocation, abort.signal).finally(() => {
        this.#attempts.delete(leaseId);
        this.#startDue();
      });
      this.#attempts.set(leaseId, { abort, over });
    }
  }

  async #try(revocation: StoredRevocation, signal: AbortSignal): Promise<void> {
    const { leaseId, name, clientId, command } = revocation;
    const result = await runHook(this.#parts, { command, name, leaseId, clientId, signal });
    // Killed by us, or forgotten meanwhile: it counts for nothing.
    if (result.kind === 'aborted' || this.#records.get(leaseId) !== revocation) return;
    const failure = failureOf(result);
    if (failure === '') {
      // What is done needs no wait for the vault; in the worst case it is done once more after a restart.
      void this.#records.delete(leaseId);
      this.#tell('secret.revocation_done', revocation, {});
      return;
    }
    const next = failedAgain(revocation, failure, this.#parts.wallMs(), this.#parts.chance());
    void this.#records.put(next);
    this.#schedule(next);
    this.#tell('secret.revocation_failed', next, { irrevocable: isIrrevocable(next.attempts), reason: failure });
  }

  #tell(
    action: 'secret.revocation_done' | 'secret.revocation_failed',
    { name, leaseId, clientId, attempts }: StoredRevocation,
    more: Readonly<Record<string, string | boolean>>,
  ): void {
    const success = action === 'secret.revocation_done';
    const metadata = { resource: resourceOf(name), leaseId, clientId, attempts, ...more };
    this.#parts.events.emit({ action, level: success ? 'info' : 'warn', success, metadata });
  }

  #tellNotStored({ error }: NotStored): void {
    // A vault that was wiped is nothing to warn of.
    if (this.#parts.vault.recipient === undefined) return;
    this.#parts.events.emit({
      action: 'secret.revocations_stored',
      level: 'warn',
      success: false,
      metadata: { reason: error instanceof Refusal ? error.reason : 'INTERNAL', failure: faultText(error) },
    });
  }
}
