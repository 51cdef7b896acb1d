import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { EMPTY_DOCUMENT, type VaultDocument } from './vault_document.js';
import { vaultMissing } from './vault_missing.js';
import type { Vault, VaultStep } from './vault_port.js';

/** A vault that stands: what is in memory is what was written last. */
export interface StandingVault {
  readonly recipient: string;
  readonly document: VaultDocument;
}

/** Where a vault's document is kept. Never called while a call is under way; rejects with a Refusal. */
export interface VaultStorage {
  /** Makes an empty vault and answers its recipient. Once it has rejected there is none. */
  create(): Promise<string>;
  /** Once it has rejected, the older document is still there. */
  write(document: VaultDocument): Promise<void>;
  /** Deletes all there is, also what an earlier call left; answers whether there was a vault. */
  destroy(): Promise<boolean>;
}

interface QueuedStep {
  /** Throws what the step throws. */
  apply(document: VaultDocument): { readonly document: VaultDocument; readonly done: () => void };
  reject(error: unknown): void;
}

/** Brings all that is asked of a vault into one order, and steps that wait together into one write. */
export class QueuedVault implements Vault {
  readonly #storage: VaultStorage;
  #standing: StandingVault | undefined;
  /** Takes steps until its turn comes. */
  #batch: QueuedStep[] | undefined;
  /** Resolves when all that was asked so far is over; never rejects. */
  #last: Promise<void> = Promise.resolve();

  constructor(storage: VaultStorage, standing: StandingVault | undefined) {
    this.#storage = storage;
    this.#standing = standing;
  }

  get recipient(): string | undefined {
    return this.#standing?.recipient;
  }

  get document(): VaultDocument {
    return this.#standing?.document ?? EMPTY_DOCUMENT;
  }

  init(): Promise<boolean> {
    return this.#inTurn(async () => {
      if (this.#standing !== undefined) return false;
      const recipient = await this.#storage.create();
      this.#standing = { recipient, document: EMPTY_DOCUMENT };
      return true;
    });
  }

  update<T>(step: (document: VaultDocument) => VaultStep<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#openBatch().push({
        apply: (before) => {
          const { document, value } = step(before);
          return { document, done: () => resolve(value) };
        },
        reject,
      });
    });
  }

  wipe(): Promise<boolean> {
    return this.#inTurn(() => {
      // First, and whatever becomes of the files: nobody gets a value from here again.
      this.#standing = undefined;
      return this.#storage.destroy();
    });
  }

  close(): Promise<void> {
    return this.#last;
  }

  /** Steps that come after this call's turn was taken are not part of an older batch. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    this.#batch = undefined;
    const result = this.#last.then(work);
    // Whoever asked hears of the fault; those behind go on.
    this.#last = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  #openBatch(): QueuedStep[] {
    if (this.#batch !== undefined) return this.#batch;
    const batch: QueuedStep[] = [];
    const written = this.#inTurn(async () => {
      // All requests that one turn of the event loop brings share a write.
      await turnOfTheLoop();
      if (this.#batch === batch) this.#batch = undefined;
      await this.#write(batch);
    });
    // #write tells each step of its own fault.
    written.catch((error: unknown) => {
      for (const step of batch) step.reject(error);
    });
    this.#batch = batch;
    return batch;
  }

  async #write(batch: readonly QueuedStep[]): Promise<void> {
    const standing = this.#standing;
    if (standing === undefined) {
      for (const step of batch) step.reject(vaultMissing());
      return;
    }
    let document = standing.document;
    const changes: { readonly done: () => void; readonly reject: (error: unknown) => void }[] = [];
    for (const step of batch) {
      try {
        const applied = step.apply(document);
        document = applied.document;
        // One that answers what is written already waits for nothing.
        if (document === standing.document) applied.done();
        else changes.push({ done: applied.done, reject: step.reject });
      } catch (error) {
        step.reject(error);
      }
    }
    if (document !== standing.document) {
      try {
        await this.#storage.write(document);
      } catch (error) {
        for (const change of changes) change.reject(error);
        return;
      }
      this.#standing = { recipient: standing.recipient, document };
    }
    for (const change of changes) change.done();
  }
}
