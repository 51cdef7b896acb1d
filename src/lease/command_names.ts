import { AttachRole } from '@tenure/client/gen/tenure/lease/v1/lease';
import { readProcessFacts, readStartTicks } from '../os/process_facts.js';
import { BoundedMap } from './bounded_map.js';
import type { Attachment, LeaseRecord } from './ledger/record.js';

/** By then a command that was let through its gate has become itself. */
const SETTLED_MS = 300;
const REMEMBERED = 10_000;

/** A command by its pid and the name that it went by. */
export interface NamedCommand {
  readonly pid: number;
  readonly name: string;
}

/**
 * The command that each lease is held for, for the time when it is gone: it
 * is attached while it still is the shell that waits at its gate.
 */
export class CommandNames {
  readonly #names = new BoundedMap<NamedCommand>(REMEMBERED);
  readonly #onLearned: (leaseId: string) => void;

  /** @param onLearned hears of each lease whose command has become itself. */
  constructor(onLearned: (leaseId: string) => void) {
    this.#onLearned = onLearned;
  }

  /** Looks a moment later. */
  learn(leaseId: string, attachment: Attachment): void {
    if (attachment.role !== AttachRole.COMMAND) return;
    setTimeout(() => this.#look(leaseId, attachment), SETTLED_MS).unref();
  }

  /** Undefined where it is held for none, or for one that was gone too soon. */
  of(leaseId: string): NamedCommand | undefined {
    return this.#names.get(leaseId);
  }

  /** What is attached to a lease, its command by the name that this goes by. */
  attachedOf({ leaseId, attached }: Pick<LeaseRecord, 'leaseId' | 'attached'>): readonly Attachment[] {
    const known = this.of(leaseId);
    if (known === undefined) return attached;
    return attached.map((one) =>
      one.role === AttachRole.COMMAND && one.pid === known.pid ? { ...one, command: known.name } : one,
    );
  }

  #look(leaseId: string, { pid, startTicks }: Attachment): void {
    const facts = readProcessFacts(pid);
    // The start time last: what was read is of that very process.
    if (facts === undefined || readStartTicks(pid) !== startTicks) return;
    this.#names.set(leaseId, { pid, name: facts.command });
    this.#onLearned(leaseId);
  }
}
