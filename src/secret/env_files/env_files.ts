import { unlink } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import { errnoOf, messageOf } from '../../os/errno.js';
import { Refusal } from '../../rpc/refusal.js';
import { checkText } from '../../rpc/request_checks.js';
import type { EventSink } from '../../telemetry/events.js';
import type { EndedLease, SecretLeases } from '../secret_leases.js';
import type { StoredEnvFile, VaultDocument } from '../vault/vault_document.js';
import type { Vault, VaultStep } from '../vault/vault_port.js';
import { lookAtEnvFile, MARKER_BEGIN } from './env_file_look.js';

export interface EnvFilesParts {
  readonly vault: Pick<Vault, 'document' | 'update'>;
  readonly leases: Pick<SecretLeases, 'isActive'>;
  readonly ownUid: number;
  readonly events: EventSink;
}

interface Binding {
  readonly path: string;
  readonly marker: string;
  readonly leaseIds: Set<string>;
  /** Leases that took the place of others in it wait to be written. */
  unsaved: boolean;
}

/** A binding that is being made, and which of its leases, and of those that took their places, have ended meanwhile. */
interface Coming {
  readonly leaseIds: Set<string>;
  readonly ended: EndedLease[];
}

const MAX_MARKER_BYTES = 1_024;
const MAX_PATH_BYTES = 4_096;

/**
 * Removes files of environment variables when one of their leases ends. Memory
 * decides; the vault has a copy for the next start, so that a vault that is
 * wiped or cannot be written leaves no file behind.
 */
export class EnvFiles {
  readonly #parts: EnvFilesParts;
  readonly #bindings = new Map<string, Binding>();
  readonly #coming = new Set<Coming>();
  /** By path: the end of what was begun last. Never rejects. */
  readonly #turns = new Map<string, Promise<void>>();

  constructor(parts: EnvFilesParts) {
    this.#parts = parts;
  }

  /** Takes up what the run before bound; resolves once the files whose leases are gone are gone, too. */
  async start(): Promise<void> {
    const { vault, leases } = this.#parts;
    for (const { path, marker, leaseIds } of vault.document.envFiles.values()) {
      const binding: Binding = { path, marker, leaseIds: new Set(leaseIds), unsaved: false };
      this.#bindings.set(path, binding);
      const leaseId = leaseIds.find((id) => !leases.isActive(id));
      if (leaseId !== undefined) this.#removeSoon(binding, { leaseId });
    }
    await this.close();
  }

  /** Has a file removed when one of these leases, all in force, ends. Rejects with ENV_FILE_INVALID or the vault's Refusal. */
  async bind(path: string, marker: string, leaseIds: readonly string[]): Promise<StoredEnvFile> {
    checkText('path', path, MAX_PATH_BYTES);
    checkText('marker', marker, MAX_MARKER_BYTES);
    if (!isAbsolute(path)) throw notBound(path, 'the path is not absolute');
    if (!marker.startsWith(MARKER_BEGIN)) throw notBound(path, `the marker does not begin with "${MARKER_BEGIN}"`);
    const place = resolve(path);
    const coming: Coming = { leaseIds: new Set(leaseIds), ended: [] };
    this.#coming.add(coming);
    try {
      return await this.#inTurn(place, () => this.#bind({ path: place, marker, leaseIds: [...new Set(leaseIds)] }));
    } finally {
      this.#coming.delete(coming);
      for (const lease of coming.ended) this.#take(lease);
    }
  }

  /**
   * A lease has ended. One that was replaced leaves its file to the lease that
   * took its place: who has that one writes the file anew, and until then there is one.
   */
  ended(lease: EndedLease): void {
    for (const { leaseIds, ended } of this.#coming) {
      if (!leaseIds.has(lease.leaseId)) continue;
      ended.push(lease);
      if (lease.replacedBy !== undefined) leaseIds.add(lease.replacedBy);
    }
    this.#take(lease);
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    while (this.#turns.size > 0) await Promise.all(this.#turns.values());
  }

  async #bind(file: StoredEnvFile): Promise<StoredEnvFile> {
    const { path, marker, leaseIds } = file;
    const look = await lookAtEnvFile(path, marker, this.#parts.ownUid);
    if (look.kind === 'missing') throw notBound(path, 'there is no such file');
    if (look.kind === 'other') throw notBound(path, `it ${look.fault}`);
    await this.#parts.vault.update(storing(path, file));
    this.#bindings.set(path, { path, marker, leaseIds: new Set(leaseIds), unsaved: false });
    return file;
  }

  /** Harmless where it was taken in already. */
  #take({ leaseId, resource, clientId, replacedBy }: EndedLease): void {
    for (const binding of this.#bindings.values()) {
      if (!binding.leaseIds.has(leaseId)) continue;
      if (replacedBy === undefined) {
        this.#removeSoon(binding, { leaseId, resource, clientId });
        continue;
      }
      binding.leaseIds.delete(leaseId);
      binding.leaseIds.add(replacedBy);
      // Many that are replaced one after the other share a write.
      if (!binding.unsaved) void this.#inTurn(binding.path, () => this.#saveReplaced(binding));
      binding.unsaved = true;
    }
  }

  async #saveReplaced(binding: Binding): Promise<void> {
    binding.unsaved = false;
    const { path, marker, leaseIds } = binding;
    if (this.#bindings.get(path) === binding) await this.#store(path, { path, marker, leaseIds: [...leaseIds] });
  }

  #removeSoon(binding: Binding, about: Readonly<Record<string, string>>): void {
    void this.#inTurn(binding.path, () => this.#remove(binding, about));
  }

  /** The file goes first: after a crash in between, the next start finds the binding and no file. */
  async #remove(binding: Binding, about: Readonly<Record<string, string>>): Promise<void> {
    const { path, marker } = binding;
    // It was removed for another lease, or bound anew.
    if (this.#bindings.get(path) !== binding) return;
    const fault = await removeFile(path, marker, this.#parts.ownUid);
    this.#bindings.delete(path);
    if (fault !== undefined) this.#tellRemoved(path, about, fault);
    await this.#store(path, undefined);
  }

  #tellRemoved(path: string, about: Readonly<Record<string, string>>, fault: string): void {
    this.#parts.events.emit({
      action: 'secret.env_file_removed',
      level: fault === '' ? 'info' : 'warn',
      success: fault === '',
      metadata: { path, ...about, ...(fault !== '' && { reason: `it ${fault}` }) },
    });
  }

  async #store(path: string, file: StoredEnvFile | undefined): Promise<void> {
    try {
      await this.#parts.vault.update(storing(path, file));
    } catch {
      // The vault says itself that it cannot be written. What stands in it leads the next start to
      // leases that are gone, and so to the file.
    }
  }

  /** One thing at a time for each file. */
  #inTurn<T>(path: string, work: () => Promise<T>): Promise<T> {
    const result = (this.#turns.get(path) ?? Promise.resolve()).then(work);
    const settled = (): void => {
      if (this.#turns.get(path) === over) this.#turns.delete(path);
    };
    // Whoever asked hears of the fault.
    const over = result.then(settled, settled);
    this.#turns.set(path, over);
    return result;
  }
}

/**
 * Answers what went wrong, in words that follow "it"; empty where the file is
 * gone, undefined where it was written anew: then it goes with other leases.
 */
async function removeFile(path: string, marker: string, ownUid: number): Promise<string | undefined> {
  const look = await lookAtEnvFile(path, marker, ownUid);
  if (look.kind === 'missing') return '';
  if (look.kind === 'other') return look.isRewritten ? undefined : look.fault;
  try {
    await unlink(path);
    return '';
  } catch (error) {
    return errnoOf(error) === 'ENOENT' ? '' : `cannot be removed: ${errnoOf(error) ?? messageOf(error)}`;
  }
}

function storing(path: string, file: StoredEnvFile | undefined): (document: VaultDocument) => VaultStep<void> {
  return (document) => {
    if (file === undefined && !document.envFiles.has(path)) return { document, value: undefined };
    const envFiles = new Map(document.envFiles);
    if (file === undefined) envFiles.delete(path);
    else envFiles.set(path, file);
    return { document: { ...document, envFiles }, value: undefined };
  };
}

function notBound(path: string, fault: string): Refusal {
  return new Refusal(
    'ENV_FILE_INVALID',
    `${path} cannot be bound: ${fault}; write it anew as a file of your own that begins with the marker`,
    { path },
  );
}
