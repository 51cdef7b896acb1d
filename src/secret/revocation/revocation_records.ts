import type { StoredRevocation, VaultDocument } from '../vault/vault_document.js';
import type { Vault, VaultStep } from '../vault/vault_port.js';

/** Why a change is not in the vault. */
export interface NotStored {
  readonly error: unknown;
}

/**
 * The revocations in memory, and their way into the vault: what changes in one
 * turn, or while the vault is written, goes there in one step. What could not
 * be written stays in memory and goes along with the next change.
 */
export class RevocationRecords {
  readonly #vault: Pick<Vault, 'recipient' | 'document' | 'update'>;
  readonly #onNotStored: (notStored: NotStored) => void;
  readonly #byLease = new Map<string, StoredRevocation>();
  /** Leases whose record is not in the vault as it is here. */
  readonly #changed = new Set<string>();
  /** A write that has not begun. */
  #next: Promise<NotStored | undefined> | undefined;
  #last: Promise<NotStored | undefined> = Promise.resolve(undefined);

  constructor(vault: Pick<Vault, 'recipient' | 'document' | 'update'>, onNotStored: (notStored: NotStored) => void) {
    this.#vault = vault;
    this.#onNotStored = onNotStored;
  }

  get(leaseId: string): StoredRevocation | undefined {
    return this.#byLease.get(leaseId);
  }

  all(): IterableIterator<StoredRevocation> {
    return this.#byLease.values();
  }

  /** Takes up what the vault has and memory has not, and answers that. */
  load(): readonly StoredRevocation[] {
    const loaded = [...this.#vault.document.revocations.values()].filter(({ leaseId }) => !this.#byLease.has(leaseId));
    for (const revocation of loaded) this.#byLease.set(revocation.leaseId, revocation);
    return loaded;
  }

  /** Never rejects; resolves when it is in the vault, or is known not to be. */
  put(revocation: StoredRevocation): Promise<NotStored | undefined> {
    this.#byLease.set(revocation.leaseId, revocation);
    return this.#store(revocation.leaseId);
  }

  /** Never rejects; resolves when it is out of the vault, or is known not to be. */
  delete(leaseId: string): Promise<NotStored | undefined> {
    this.#byLease.delete(leaseId);
    return this.#store(leaseId);
  }

  /** Waits for what is being written. */
  async close(): Promise<void> {
    await this.#last;
  }

  #store(leaseId: string): Promise<NotStored | undefined> {
    this.#changed.add(leaseId);
    this.#next ??= this.#last.then(() => {
      this.#next = undefined;
      return this.#write();
    });
    this.#last = this.#next;
    return this.#next;
  }

  async #write(): Promise<NotStored | undefined> {
    const changed = [...this.#changed];
    this.#changed.clear();
    try {
      await this.#vault.update((document) => this.#step(document, changed));
      return undefined;
    } catch (error) {
      // Without a vault, what is deleted here is deleted there.
      const isThere = this.#vault.recipient !== undefined;
      for (const leaseId of changed) if (isThere || this.#byLease.has(leaseId)) this.#changed.add(leaseId);
      const notStored = { error };
      this.#onNotStored(notStored);
      return notStored;
    }
  }

  #step(document: VaultDocument, changed: readonly string[]): VaultStep<void> {
    const revocations = new Map(document.revocations);
    let differs = false;
    for (const leaseId of changed) {
      const now = this.#byLease.get(leaseId);
      if (now === revocations.get(leaseId)) continue;
      differs = true;
      if (now === undefined) revocations.delete(leaseId);
      else revocations.set(leaseId, now);
    }
    return { document: differs ? { ...document, revocations } : document, value: undefined };
  }
}
