import type { LeaseMode } from '@tenure/client/gen/tenure/lease/v1/lease';
import type { AcquireLeaseResponse, LeaseHeld } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import type { Peer } from '../../rpc/context.js';
import type { LeaseListener } from '../lease_listeners.js';
import type { Attachment, HolderFacts } from '../ledger/record.js';
import type { Queued } from '../queue/wait_queue.js';
import type { TokenClaim } from '../token.js';
import type { AcquireCommand, TermedWish } from './acquire_command.js';

/** Where a waiter stands on one of its resources. */
export interface QueueStanding {
  readonly resource: string;
  readonly position: number;
  readonly held: LeaseHeld;
}

/** Who asks, and how to answer. */
export interface Asker {
  readonly peer: Peer;
  /** Hears of the fate of the leases that it gets. */
  readonly listener: LeaseListener | undefined;
  /** Called once, unless the acquire is cancelled. */
  answer(outcome: AcquireLeaseResponse): void;
  /** Called once instead of `answer`; a Refusal, or a fault of the daemon's own. */
  refuse(error: unknown): void;
  /** Hears where it stands while it waits. */
  readonly onStanding: ((standing: QueueStanding) => void) | undefined;
}

/** An inherit token that is genuine. */
export interface Presented {
  readonly token: string;
  readonly claim: TokenClaim;
}

/** An acquire on its way: being decided, or queued. */
export class PendingAcquire implements Queued {
  readonly waiterId: string;
  readonly command: AcquireCommand;
  readonly asker: Asker;
  readonly holder: HolderFacts;
  /** Whom the grants are attached to. */
  readonly attach: readonly Attachment[];
  readonly presented: readonly Presented[];
  /** Leases that it runs under, by its tokens. */
  readonly under: ReadonlySet<string>;
  readonly startMs: number;
  readonly startWallMs: number;
  /** Of its own, for the record: of `startMs` the daemon's stalls are taken off. */
  readonly startBoottimeMs: number;
  /** What it waited before it came here: counted as waited, but worth nothing in the queue. */
  readonly waitedBeforeMs: number;
  /** Runs out with the wait. */
  timer: NodeJS.Timeout | undefined;
  /** Runs what is done for it later as if its own call did it, whoever lets it in. */
  resume: <T>(work: () => T) => T = (work) => work();

  constructor(parts: {
    readonly waiterId: string;
    readonly command: AcquireCommand;
    readonly asker: Asker;
    readonly holder: HolderFacts;
    readonly attach: readonly Attachment[];
    readonly presented: readonly Presented[];
    readonly startMs: number;
    readonly startWallMs: number;
    readonly startBoottimeMs: number;
  }) {
    this.waiterId = parts.waiterId;
    this.command = parts.command;
    this.asker = parts.asker;
    this.holder = parts.holder;
    this.attach = parts.attach;
    this.presented = parts.presented;
    this.under = new Set(parts.presented.map(({ claim }) => claim.leaseId));
    this.startMs = parts.startMs;
    this.startWallMs = parts.startWallMs;
    this.startBoottimeMs = parts.startBoottimeMs;
    // Nobody has waited for longer than since the boot.
    this.waitedBeforeMs = Math.min(parts.command.waitedBeforeMs, parts.startBoottimeMs);
  }

  get wishes(): readonly TermedWish[] {
    return this.command.wishes;
  }

  get priority(): number {
    return this.command.priority;
  }

  waitedMs(boottimeMs: number): number {
    return Math.max(0, Math.round(this.waitedBeforeMs + boottimeMs - this.startBoottimeMs));
  }

  modeOn(resource: string): LeaseMode | undefined {
    return this.wishes.find((wish) => wish.resource === resource)?.mode;
  }
}
