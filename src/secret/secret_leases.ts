import type { Duration } from '@tenure/client/gen/google/protobuf/duration';
import type { Lease, LeaseEnd } from '@tenure/client/gen/tenure/lease/v1/lease';
import type { LeaseGranted, RevokeLeasesRequest } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import type { Peer } from '../rpc/context.js';
import type { EventActor } from '../telemetry/events.js';

/** A SHARED TTL lease that somebody wants on a secret. */
export interface SecretLeaseWish {
  /** `secret/NAME`. */
  readonly resource: string;
  /** Empty: by the peer's program and working directory. */
  readonly clientId: string;
  /** Undefined: as the policies say. */
  readonly ttl: Duration | undefined;
  readonly reason: string;
  /** Empty: none. */
  readonly requestId: string;
}

/** A lease that has ended; told once it is committed. */
export interface EndedLease {
  readonly leaseId: string;
  readonly resource: string;
  readonly clientId: string;
  readonly end: LeaseEnd;
  /** Of REPLACED: the lease that took its place. */
  readonly replacedBy: string | undefined;
}

/** Who revokes, and why, for the record. */
export interface SecretRevoker {
  readonly uid: number;
  readonly reason: string;
  /** Unset where the daemon does it by itself. */
  readonly actor?: EventActor;
}

/** What secrets need of leases. The daemon's composition hands it in. */
export interface SecretLeases {
  /** Checks a wish against the policies and limits. Throws a Refusal; takes nothing. */
  check(wish: SecretLeaseWish, peer: Peer): void;
  /**
   * Whether the client's lease in force on the resource was taken by another
   * process, which may live. Holds for an `acquire` in the same turn.
   */
  isInUse(wish: SecretLeaseWish, peer: Peer): boolean;
  /** Takes the lease; the client's own older one is replaced. Rejects with a Refusal. */
  acquire(wish: SecretLeaseWish, peer: Peer): Promise<LeaseGranted>;
  /** Ends what the target selects, of the leases on secrets only. Rejects with a Refusal. */
  revoke(target: NonNullable<RevokeLeasesRequest['target']>, revoker: SecretRevoker): Promise<readonly Lease[]>;
  /** Gives a lease back by its owner's wish. */
  release(ownerToken: string, peer: Peer): Promise<void>;
  /** The lease in force that an owner token owns; undefined once it has ended. Throws WRONG_TOKEN. */
  owned(ownerToken: string): Lease | undefined;
  /** Whether a lease is in force. */
  isActive(leaseId: string): boolean;
  /** Ids of the leases in force on one secret's resource. */
  idsOn(resource: string): readonly string[];
  /** Ids of the leases in force on resources that begin with `RESOURCE/`. */
  idsBelow(resource: string): readonly string[];
  /** Leases in force on all secrets. */
  count(): number;
  /** Hears of every end of a lease on a secret, however it came. */
  onEnded(listener: (ended: EndedLease) => void): void;
}
