import { AttachRole } from '@tenure/client/gen/tenure/lease/v1/lease';
import type { ProcessIdentity } from '../os/process_identity.js';
import type { ProcessWatch } from '../os/process_watch.js';
import { type LeaseRecord, processKey } from './record.js';

/** Finds processes that never spoke to the daemon and run under a lease. A best effort. */
export type FindStrays = (lease: LeaseRecord) => Promise<readonly ProcessIdentity[]>;

export interface TerminatorParts {
  readonly watch: ProcessWatch;
  readonly findStrays: FindStrays;
  /** Time between TERM and KILL. */
  readonly graceMs: number;
  /** Called with strays that were found, to be confirmed gone like the attached. */
  readonly adopt: (leaseId: string, strays: readonly ProcessIdentity[]) => void;
  readonly current: (leaseId: string) => LeaseRecord | undefined;
  readonly onFault: (error: unknown) => void;
}

/** Ends the processes of draining leases: TERM, grace, KILL. That they are gone is confirmed by the process watch. */
export class Terminator {
  readonly #parts: TerminatorParts;
  /** Leases whose processes are being ended; no timer yet while strays are looked for. */
  readonly #timers = new Map<string, NodeJS.Timeout | undefined>();

  constructor(parts: TerminatorParts) {
    this.#parts = parts;
  }

  start(lease: LeaseRecord): void {
    const { leaseId } = lease;
    if (this.#timers.has(leaseId)) return;
    this.#timers.set(leaseId, undefined);
    // Looked for before anybody is told to end: what has lost its parent can't be found any more,
    // and the lease would be gone with the last registered process.
    this.#parts
      .findStrays(lease)
      .catch((error: unknown) => {
        this.#parts.onFault(error);
        return [];
      })
      .then((found) => this.#tellToEnd(leaseId, found))
      .catch((error: unknown) => this.#parts.onFault(error));
  }

  /** The lease is gone, or nobody waits for its processes any more. */
  stop(leaseId: string): void {
    clearTimeout(this.#timers.get(leaseId));
    this.#timers.delete(leaseId);
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #tellToEnd(leaseId: string, found: readonly ProcessIdentity[]): void {
    const lease = this.#parts.current(leaseId);
    if (lease?.draining === undefined || !this.#timers.has(leaseId)) return;
    this.#timers.set(
      leaseId,
      setTimeout(() => this.#kill(leaseId), this.#parts.graceMs),
    );
    const attached = new Set(lease.attached.map(processKey));
    const strays = found.filter((stray) => !attached.has(processKey(stray)));
    if (strays.length > 0) this.#parts.adopt(leaseId, strays);
    this.#signal([...gentleTargets(lease), ...strays], 'SIGTERM');
  }

  #kill(leaseId: string): void {
    this.#timers.delete(leaseId);
    const lease = this.#parts.current(leaseId);
    if (lease?.draining !== undefined) this.#signal(lease.attached, 'SIGKILL');
  }

  #signal(targets: readonly ProcessIdentity[], signal: 'SIGTERM' | 'SIGKILL'): void {
    for (const target of targets) {
      // The daemon may hold leases of its own and must outlive them.
      if (target.pid === process.pid || target.pid === 1) continue;
      try {
        this.#parts.watch.signal(target, signal);
      } catch (error) {
        this.#parts.onFault(error);
      }
    }
  }
}

/** A holder that registered commands ends by itself when they have: it has their exit to report. */
function gentleTargets(lease: LeaseRecord): readonly ProcessIdentity[] {
  const commands = lease.attached.filter((attachment) => attachment.role !== AttachRole.HOLDER);
  const registered = lease.attached.some((attachment) => attachment.role === AttachRole.COMMAND);
  return registered ? commands : lease.attached;
}
