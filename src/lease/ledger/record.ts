import type {
  AttachRole,
  Handover,
  LeaseEnd,
  LeaseLiveness,
  LeaseMode,
} from '@tenure/client/gen/tenure/lease/v1/lease';
import type { ProcessIdentity } from '../../os/process_identity.js';
import type { Durability } from '../../store/port.js';

/** The process that asked for a lease or waits for one, as the kernel knows it. */
export interface HolderFacts {
  readonly host: string;
  readonly bootId: string;
  /** Undefined where the peer lives in another pid namespace. */
  readonly process: ProcessIdentity | undefined;
  readonly uid: number;
  readonly executable: string;
  readonly script: string;
  readonly cwd: string;
}

/** A process that keeps a lease alive. */
export interface Attachment extends ProcessIdentity {
  readonly role: AttachRole;
  readonly command: string;
}

/** How a DRAINING lease came to its end, and what it does about its processes. */
export interface Draining {
  readonly end: LeaseEnd;
  /** WAIT after an owner's own release, whatever the lease says. */
  readonly handover: Handover;
}

/** A lease as the manager keeps it. Never changed in place: each change is a new record. */
export interface LeaseRecord {
  readonly leaseId: string;
  readonly resource: string;
  readonly clientId: string;
  /** The daemon made up the client id: it replaces only leases without a live process. */
  readonly clientIdDefaulted: boolean;
  /** User id of the peer that asked; the holder's may differ where root attached another's process. */
  readonly askerUid: number;
  readonly mode: LeaseMode;
  readonly capacity: number;
  readonly liveness: LeaseLiveness;
  /** The revision of the grant. */
  readonly fencingToken: number;
  readonly revision: number;
  readonly holder: HolderFacts;
  readonly attached: readonly Attachment[];
  readonly reason: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly acquireWallMs: number;
  readonly acquireBoottimeMs: number;
  /** How long its asker stood in the queue for it. */
  readonly waitedMs: number;
  /** 0 for PROCESS leases. */
  readonly ttlMs: number;
  /** 0: no limit. */
  readonly maxHoldMs: number;
  readonly handover: Handover;
  /** Set once the lease has ended while attached processes still run. */
  readonly draining: Draining | undefined;
  /** Empty where the client gave none. */
  readonly requestId: string;
  /** Leases that this one replaced: a crash between two stores is repaired by it. */
  readonly supersedes: readonly string[];
  /** Where the record lives: what the next boot may throw away, or not. */
  readonly durability: Durability;
}

export function sameProcess(a: ProcessIdentity, b: ProcessIdentity): boolean {
  return a.pid === b.pid && a.startTicks === b.startTicks;
}

/** One string a process, for maps. */
export function processKey(process: ProcessIdentity): string {
  return `${process.pid}.${process.startTicks}`;
}

export function leaseIdOf(fencingToken: number): string {
  return `l${fencingToken.toString(36)}`;
}
