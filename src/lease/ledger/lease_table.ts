import { LeaseMode } from '@tenure/client/gen/tenure/lease/v1/lease';
import type { ProcessIdentity } from '../../os/process_identity.js';
import { isReserved } from '../resource_name.js';
import { type LeaseRecord, processKey } from './record.js';

/** Hears of every change of the table, undone ones too. */
export interface LeaseTableObserver {
  changed(before: LeaseRecord | undefined, after: LeaseRecord | undefined): void;
}

export interface LeaseCounts {
  exclusive: number;
  shared: number;
  draining: number;
}

/** All leases, ACTIVE and DRAINING, with the indexes that the rules need. Changed by `replace` alone. */
export class LeaseTable {
  readonly counts: LeaseCounts = { exclusive: 0, shared: 0, draining: 0 };
  readonly #byId = new Map<string, LeaseRecord>();
  readonly #byResource = new Map<string, LeaseRecord[]>();
  readonly #byClient = new Map<string, Set<string>>();
  readonly #byProcess = new Map<string, Set<string>>();
  /** Leases in force on reserved names, by their first segment. */
  readonly #byTop = new Map<string, number>();
  readonly #observer: LeaseTableObserver;

  constructor(observer: LeaseTableObserver) {
    this.#observer = observer;
  }

  get size(): number {
    return this.#byId.size;
  }

  get(leaseId: string): LeaseRecord | undefined {
    return this.#byId.get(leaseId);
  }

  all(): IterableIterator<LeaseRecord> {
    return this.#byId.values();
  }

  onResource(resource: string): readonly LeaseRecord[] {
    return this.#byResource.get(resource) ?? [];
  }

  /** Leases in force below a reserved prefix. */
  countBelow(prefix: string): number {
    return this.#byTop.get(prefix) ?? 0;
  }

  ofClient(clientId: string): LeaseRecord[] {
    return this.#resolve(this.#byClient.get(clientId));
  }

  ofProcess(process: ProcessIdentity): LeaseRecord[] {
    return this.#resolve(this.#byProcess.get(processKey(process)));
  }

  /** Puts `after` in the place of `before`; either may be missing. Called the other way round, it undoes. */
  replace(before: LeaseRecord | undefined, after: LeaseRecord | undefined): void {
    const leaseId = (before ?? after)?.leaseId ?? '';
    if (this.#byId.get(leaseId) !== before) throw new Error(`lease ${leaseId} is not what it was taken for`);
    if (before !== undefined) this.#remove(before, after === undefined);
    if (after !== undefined) this.#add(after);
    this.#observer.changed(before, after);
  }

  #add(lease: LeaseRecord): void {
    this.#byId.set(lease.leaseId, lease);
    const onResource = this.#byResource.get(lease.resource);
    if (onResource === undefined) this.#byResource.set(lease.resource, [lease]);
    else onResource.push(lease);
    addTo(this.#byClient, lease.clientId, lease.leaseId);
    for (const process of lease.attached) addTo(this.#byProcess, processKey(process), lease.leaseId);
    this.#count(lease, 1);
  }

  #remove(lease: LeaseRecord, forGood: boolean): void {
    if (forGood) this.#byId.delete(lease.leaseId);
    const onResource = this.#byResource.get(lease.resource);
    if (onResource !== undefined) {
      const index = onResource.indexOf(lease);
      if (index >= 0) onResource.splice(index, 1);
      if (onResource.length === 0) this.#byResource.delete(lease.resource);
    }
    removeFrom(this.#byClient, lease.clientId, lease.leaseId);
    for (const process of lease.attached) removeFrom(this.#byProcess, processKey(process), lease.leaseId);
    this.#count(lease, -1);
  }

  #count(lease: LeaseRecord, by: 1 | -1): void {
    if (lease.draining !== undefined) this.counts.draining += by;
    else if (lease.mode === LeaseMode.SHARED) this.counts.shared += by;
    else this.counts.exclusive += by;
    if (lease.draining === undefined && isReserved(lease.resource)) {
      const [top = ''] = lease.resource.split('/', 1);
      this.#byTop.set(top, this.countBelow(top) + by);
    }
  }

  #resolve(ids: ReadonlySet<string> | undefined): LeaseRecord[] {
    const leases: LeaseRecord[] = [];
    for (const id of ids ?? []) {
      const lease = this.#byId.get(id);
      if (lease !== undefined) leases.push(lease);
    }
    return leases;
  }
}

function addTo(index: Map<string, Set<string>>, key: string, leaseId: string): void {
  const ids = index.get(key);
  if (ids === undefined) index.set(key, new Set([leaseId]));
  else ids.add(leaseId);
}

function removeFrom(index: Map<string, Set<string>>, key: string, leaseId: string): void {
  const ids = index.get(key);
  ids?.delete(leaseId);
  if (ids?.size === 0) index.delete(key);
}
