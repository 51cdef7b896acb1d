import { AttachRole, Handover, LeaseEnd, LeaseLiveness } from '@tenure/client/gen/tenure/lease/v1/lease';
import { LeaseEventType } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import { readProcessFacts } from '../../os/process_facts.js';
import type { ProcessIdentity } from '../../os/process_identity.js';
import type { EventActor } from '../../telemetry/events.js';
import { leaseDrainedEvent, leaseEndEvent, lifeOf } from '../lease_events.js';
import type { LeaseListener } from '../lease_listeners.js';
import type { LeaseParts } from '../lease_parts.js';
import type { Draft } from '../ledger/ledger.js';
import { type Attachment, type LeaseRecord, processKey } from '../ledger/record.js';
import { afterDeathOf, type End, endingOf, eventOf, whoStays } from './ending_rules.js';
import type { Terminator } from './terminator.js';

/** For the record: who revoked a lease, and why. */
export interface Revoker {
  readonly uid: number;
  readonly reason: string;
  /** Unset where the daemon did it by itself. */
  readonly actor?: EventActor;
}

/** Pause before heirs that could not be looked for are looked for again. */
const LOOK_AGAIN_MS = 1_000;

/** Who ends a lease, and how. */
export interface EndNote {
  /** The process that left the lease by ending it. */
  readonly actor?: ProcessIdentity;
  /** The listener that asked for it and gets an answer of its own. */
  readonly except?: LeaseListener;
  readonly replacedBy?: string;
  /** Don't wait for processes that still run. */
  readonly force?: boolean;
  readonly revoker?: Revoker;
}

/** The ways in which leases end. */
export class LeaseEnding {
  readonly #parts: LeaseParts;
  readonly #terminator: Terminator;
  /** Lets waiters of a resource in. */
  readonly #pump: (resource: string) => void;
  #closed = false;

  constructor(parts: LeaseParts, terminator: Terminator, pump: (resource: string) => void) {
    this.#parts = parts;
    this.#terminator = terminator;
    this.#pump = pump;
  }

  /** Ends a lease in a transaction of its own. `settle` hears the lease as it is then, or the fault. */
  end(
    lease: LeaseRecord,
    end: End,
    note: EndNote,
    settle: (fault: unknown, ended: LeaseRecord) => void = () => undefined,
  ): void {
    let ended = lease;
    const heldMs = this.#parts.deadlines.heldMs(lease);
    this.#parts.ledger.transact(
      (draft) => {
        ended = this.endIn(draft, lease, end, note);
      },
      (fault) => {
        if (fault === undefined) this.settled(lease, ended, end, note, heldMs);
        settle(fault, ended);
      },
    );
    this.#pump(lease.resource);
  }

  /** Ends a lease as part of a transaction; call `settled` once that is committed. */
  endIn(draft: Draft, lease: LeaseRecord, end: End, note: EndNote): LeaseRecord {
    const isAlive = (process: ProcessIdentity): boolean => this.#parts.attached.isAlive(process);
    const stays = note.force === true ? [] : whoStays(lease, end, note.actor, isAlive);
    const ending = endingOf(lease, end, stays);
    const replaced = note.replacedBy === undefined ? {} : { replacedBy: note.replacedBy };
    this.#parts.priors.ended(lease.resource, end);
    this.#parts.ends.set(lease.leaseId, end);
    if (ending.gone) return draft.remove(lease, { type: eventOf(end), ended: end, ...replaced });
    const draining = { end, handover: ending.handover };
    return draft.put(lease, { ...lease, attached: ending.attached, draining }, { type: eventOf(end), ...replaced });
  }

  /** What the world is told once an end is committed. `heldMs`: as it was when it ended. */
  settled(lease: LeaseRecord, ended: LeaseRecord, end: End, note: EndNote, heldMs: number): void {
    this.#parts.events.emit(leaseEndEvent(lease, end, lifeOf(this.#parts, lease, heldMs), note.revoker));
    this.#parts.listeners.lost(lease, end, note.except);
    this.#parts.yields.forget(lease.leaseId);
    this.#parts.onEnded(lease, end, note.replacedBy);
    if (ended.draining?.handover === Handover.TERMINATE) this.#terminator.start(ended);
  }

  /** Ends all leases whose time is up. */
  sweep(): void {
    for (let due = this.#parts.deadlines.popDue(); due !== undefined; due = this.#parts.deadlines.popDue()) {
      const lease = this.#parts.table.get(due.leaseId);
      if (lease === undefined || lease.draining !== undefined) continue;
      this.end(lease, due.overMaxHold ? LeaseEnd.MAX_HOLD : LeaseEnd.EXPIRED, {});
    }
  }

  /** What is looked for yet changes nothing any more. */
  close(): void {
    this.#closed = true;
  }

  /** A process that was attached is gone. */
  processGone(process: ProcessIdentity): void {
    for (const { leaseId } of this.#parts.table.ofProcess(process)) {
      // The end of one lets waiters in, who may join another.
      const lease = this.#parts.table.get(leaseId);
      if (lease === undefined) continue;
      const after = afterDeathOf(lease, process);
      switch (after.kind) {
        case 'end':
        case 'drained':
          if (lease.draining?.handover === Handover.TERMINATE) this.#emptied(lease);
          else this.#lastGone(lease);
          break;
        case 'live':
          this.#update(lease, {
            attached: after.attached,
            liveness: after.liveness,
            ttlMs: ttlAfter(lease, after.liveness),
          });
          break;
      }
    }
  }

  /** The last that was attached is gone. Where what it has started keeps the lease, too, that is looked for first. */
  #lastGone(lease: LeaseRecord): void {
    if (this.#closed) return;
    const looked = this.#parts.heirsOf(lease.clientId);
    if (looked === undefined) {
      this.#over(lease);
      return;
    }
    looked
      .then((heirs) => this.#inherited(lease.leaseId, heirs))
      .catch((fault: unknown) => {
        this.#parts.onFault(fault);
        // Nobody may lose a lease because we could not look.
        setTimeout(() => this.#lastGone(lease), LOOK_AGAIN_MS).unref();
      });
  }

  #inherited(leaseId: string, heirs: readonly ProcessIdentity[]): void {
    const lease = this.#parts.table.get(leaseId);
    // Another look was faster, or it was ended meanwhile.
    if (lease === undefined || this.#closed || lease.attached.some((one) => this.#parts.attached.isAlive(one))) return;
    const attached = this.#attachments(heirs);
    if (attached.length === 0) this.#over(lease);
    else this.#update(lease, { attached });
  }

  #over(lease: LeaseRecord): void {
    if (lease.draining === undefined) this.end(lease, LeaseEnd.PROCESS_GONE, {});
    else this.drained(lease);
  }

  /** Living processes as what keeps a lease. */
  #attachments(processes: readonly ProcessIdentity[]): Attachment[] {
    return processes
      .filter((process) => this.#parts.attached.isAlive(process))
      .map(({ pid, startTicks }) => {
        const command = readProcessFacts(pid)?.command ?? '';
        return { pid, startTicks, role: AttachRole.INHERITOR, command };
      });
  }

  /** Nobody is attached any more, but what they started may still run: it drains until a look finds nobody. */
  #emptied(lease: LeaseRecord): void {
    this.#update(lease, { attached: [] });
    this.#terminator.confirm(lease.leaseId);
  }

  #update(lease: LeaseRecord, changes: Partial<LeaseRecord>): void {
    this.#parts.ledger.transact(
      (draft) => draft.put(lease, { ...lease, ...changes }, { type: LeaseEventType.UPDATED }),
      () => undefined,
    );
  }

  /** After a restart: goes on ending the processes of a lease that drains so. */
  resumeDraining(lease: LeaseRecord): void {
    this.#terminator.start(lease);
  }

  /** Processes found to run under a draining lease: it drains until they are gone, too. */
  adopt(leaseId: string, strays: readonly ProcessIdentity[]): void {
    const lease = this.#parts.table.get(leaseId);
    if (lease?.draining === undefined) return;
    const known = new Set(lease.attached.map(processKey));
    const found = this.#attachments(strays.filter((stray) => !known.has(processKey(stray))));
    if (found.length === 0) return;
    this.#update(lease, { attached: [...lease.attached, ...found] });
  }

  /** A look has found nobody left under a draining lease. */
  allGone(leaseId: string): void {
    const lease = this.#parts.table.get(leaseId);
    if (lease?.draining !== undefined && lease.attached.length === 0) this.drained(lease);
  }

  /** Nothing of a draining lease is left, or nobody waits for it any more. */
  drained(lease: LeaseRecord, settle: (fault: unknown, ended: LeaseRecord) => void = () => undefined): void {
    const end = endOf(lease);
    const heldMs = this.#parts.deadlines.heldMs(lease);
    let ended = lease;
    this.#parts.ledger.transact(
      (draft) => {
        ended = draft.remove(lease, { type: LeaseEventType.DRAINED, ended: end });
      },
      (fault) => {
        if (fault === undefined) {
          this.#parts.events.emit(leaseDrainedEvent(lease, lifeOf(this.#parts, lease, heldMs)));
          this.#terminator.stop(lease.leaseId);
        } else this.#terminator.confirmLater(lease.leaseId);
        settle(fault, ended);
      },
    );
    this.#pump(lease.resource);
  }
}

function ttlAfter(lease: LeaseRecord, liveness: LeaseLiveness): number {
  return liveness === LeaseLiveness.PROCESS ? 0 : lease.ttlMs;
}

function endOf(lease: LeaseRecord): End {
  const end = lease.draining?.end;
  if (end === undefined || end === LeaseEnd.UNSPECIFIED || end === LeaseEnd.UNRECOGNIZED) return LeaseEnd.PROCESS_GONE;
  return end;
}
