import { setTimeout as delay } from 'node:timers/promises';
import { AttachRole } from '@tenure/client/gen/tenure/lease/v1/lease';
import { LONGEST_TIMER_MS } from '../../os/longest_timer.js';
import type { ProcessIdentity } from '../../os/process_identity.js';
import type { ProcessWatch } from '../../os/process_watch.js';
import { type LeaseRecord, processKey } from '../ledger/record.js';

/** Pause between two looks for processes that come and go. */
const LOOK_AGAIN_MS = 10;

/** Pause before an end that could not be recorded is tried again. */
const RETRY_MS = 1_000;

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
  /** Called when a look has found nobody left. */
  readonly onGone: (leaseId: string) => void;
  readonly onFault: (error: unknown) => void;
}

/** The ending of one lease's processes. */
interface Job {
  readonly timer: NodeJS.Timeout;
  /** The grace is over. */
  killing: boolean;
  /** Looks for strays, one after the other. */
  looks: Promise<void>;
}

/**
 * Ends the processes of draining leases: TERM, grace, KILL. The process watch
 * sees the attached go; only a last look for strays says that all are gone.
 */
export class Terminator {
  readonly #parts: TerminatorParts;
  readonly #jobs = new Map<string, Job>();

  constructor(parts: TerminatorParts) {
    this.#parts = parts;
  }

  start(lease: LeaseRecord): void {
    const { leaseId } = lease;
    if (this.#jobs.has(leaseId)) return;
    const timer = setTimeout(() => this.#kill(leaseId), Math.min(this.#parts.graceMs, LONGEST_TIMER_MS));
    const job: Job = { timer, killing: false, looks: Promise.resolve() };
    this.#jobs.set(leaseId, job);
    // Strays first: those whose parent has died are harder to find.
    this.#look(job, async () => {
      const strays = await this.#adoptStrays(leaseId, job);
      this.#signal([...gentleTargets(lease), ...strays], 'SIGTERM');
      await this.#confirm(leaseId, job);
    });
  }

  /** No attached process is left: looks whether others are. */
  confirm(leaseId: string): void {
    const job = this.#jobs.get(leaseId);
    if (job !== undefined) this.#look(job, () => this.#confirm(leaseId, job));
  }

  /** The store could not take that the lease is gone. */
  confirmLater(leaseId: string): void {
    const job = this.#jobs.get(leaseId);
    if (job === undefined) return;
    this.#look(job, async () => {
      await delay(RETRY_MS);
      await this.#confirm(leaseId, job);
    });
  }

  /** The lease is gone, or nobody waits for its processes any more. */
  stop(leaseId: string): void {
    clearTimeout(this.#jobs.get(leaseId)?.timer);
    this.#jobs.delete(leaseId);
  }

  close(): void {
    for (const { timer } of this.#jobs.values()) clearTimeout(timer);
    this.#jobs.clear();
  }

  #look(job: Job, look: () => Promise<void>): void {
    job.looks = job.looks.then(look).catch((error: unknown) => this.#parts.onFault(error));
  }

  async #confirm(leaseId: string, job: Job): Promise<void> {
    while (this.#isOn(leaseId, job) && this.#parts.current(leaseId)?.attached.length === 0) {
      const strays = await this.#adoptStrays(leaseId, job);
      if (!this.#isOn(leaseId, job)) return;
      if (strays.length === 0) {
        this.#parts.onGone(leaseId);
        return;
      }
      this.#signal(strays, job.killing ? 'SIGKILL' : 'SIGTERM');
      await delay(LOOK_AGAIN_MS);
    }
  }

  async #adoptStrays(leaseId: string, job: Job): Promise<readonly ProcessIdentity[]> {
    const lease = this.#parts.current(leaseId);
    if (lease === undefined) return [];
    const found = await this.#parts.findStrays(lease);
    const attached = new Set(lease.attached.map(processKey));
    const strays = found.filter((stray) => !attached.has(processKey(stray)) && this.#parts.watch.isAlive(stray));
    if (strays.length > 0 && this.#isOn(leaseId, job)) this.#parts.adopt(leaseId, strays);
    return strays;
  }

  #isOn(leaseId: string, job: Job): boolean {
    return this.#jobs.get(leaseId) === job;
  }

  #kill(leaseId: string): void {
    const job = this.#jobs.get(leaseId);
    if (job === undefined) return;
    job.killing = true;
    this.#look(job, async () => {
      await this.#adoptStrays(leaseId, job);
      const lease = this.#parts.current(leaseId);
      if (lease?.draining !== undefined) this.#signal(lease.attached, 'SIGKILL');
    });
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
