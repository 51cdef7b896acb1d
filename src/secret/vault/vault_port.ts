import type { VaultDocument } from './vault_document.js';

/** One step from a document to the next, and what its caller gets. */
export interface VaultStep<T> {
  readonly document: VaultDocument;
  readonly value: T;
}

/** The encrypted vault: a document in memory that is on the disk before anybody is told of a change. */
export interface Vault {
  /** The public half of the identity; undefined where there is no vault. */
  readonly recipient: string | undefined;
  /** As last written; empty where there is no vault. */
  readonly document: VaultDocument;
  /** Makes an empty vault; where there is one, answers false and changes nothing. */
  init(): Promise<boolean>;
  /**
   * Applies `step` to the newest document and writes the result. Steps that
   * come while one is written are applied in their order and share the next
   * write. Rejects with what `step` threw, or with a Refusal
   * (VAULT_NOT_INITIALIZED, STORE_FULL, VAULT_NOT_WRITTEN); then nothing of
   * that step is in the document. A step that answers the very document it
   * was given writes nothing.
   */
  update<T>(step: (document: VaultDocument) => VaultStep<T>): Promise<T>;
  /** Deletes the vault and its identity for good; where there is none, answers false. */
  wipe(): Promise<boolean>;
  /** Waits for what is being written. */
  close(): Promise<void>;
}
