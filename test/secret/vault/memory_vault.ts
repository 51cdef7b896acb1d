import { once } from 'node:events';
import type { Refusal } from '../../../src/rpc/refusal.js';
import { QueuedVault, type VaultStorage } from '../../../src/secret/vault/queued_vault.js';
import { EMPTY_DOCUMENT, type VaultDocument } from '../../../src/secret/vault/vault_document.js';

const RECIPIENT = 'age1memory';

/** Writes that wait for the test. */
export interface HeldWrites {
  /** Resolves when one waits. */
  readonly begun: Promise<void>;
  /** Lets it go on, and all that come later. */
  release(): void;
}

class MemoryStorage implements VaultStorage {
  written: VaultDocument | undefined;
  writes = 0;
  fault: Refusal | undefined;
  #held: { readonly begin: () => void; readonly released: Promise<unknown> } | undefined;

  async create(): Promise<string> {
    await this.#gate();
    this.written = EMPTY_DOCUMENT;
    return RECIPIENT;
  }

  async write(document: VaultDocument): Promise<void> {
    await this.#gate();
    this.written = document;
    this.writes += 1;
  }

  async destroy(): Promise<boolean> {
    await this.#gate();
    const existed = this.written !== undefined;
    this.written = undefined;
    return existed;
  }

  hold(): HeldWrites {
    const gate = new EventTarget();
    const released = once(gate, 'release');
    const begun = once(gate, 'begin').then(() => undefined);
    this.#held = { begin: () => gate.dispatchEvent(new Event('begin')), released };
    return {
      begun,
      release: () => {
        this.#held = undefined;
        gate.dispatchEvent(new Event('release'));
      },
    };
  }

  async #gate(): Promise<void> {
    const held = this.#held;
    held?.begin();
    await held?.released;
    if (this.fault !== undefined) throw this.fault;
  }
}

/** A vault that steps, fails and waits as the one on the disk does. */
export class MemoryVault extends QueuedVault {
  readonly #storage: MemoryStorage;

  /** Without a document there is no vault until `init`. */
  constructor(document?: VaultDocument, storage = new MemoryStorage()) {
    storage.written = document;
    super(storage, document && { recipient: RECIPIENT, document });
    this.#storage = storage;
  }

  /** What a restart would find. */
  get written(): VaultDocument | undefined {
    return this.#storage.written;
  }

  /** As a restart finds it, over the same disk. */
  restarted(): MemoryVault {
    return new MemoryVault(this.written, this.#storage);
  }

  /** Documents written by `update`. */
  get writes(): number {
    return this.#storage.writes;
  }

  /** Lets `init`, writes and `wipe` fail from now on, as with a full disk; undefined: no more. */
  failWrites(fault: Refusal | undefined): void {
    this.#storage.fault = fault;
  }

  /** Holds `init`, writes and `wipe` back from now on. */
  holdWrites(): HeldWrites {
    return this.#storage.hold();
  }
}
