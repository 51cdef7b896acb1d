import { createHash } from 'node:crypto';
import type { Duration } from '@tenure/client/gen/google/protobuf/duration';
import { Handover, LeaseLiveness, LeaseMode } from '@tenure/client/gen/tenure/lease/v1/lease';
import type { AcquireLeaseRequest, LeaseWish } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import type { Peer } from '../../rpc/context.js';
import { durationToMs } from '../../rpc/durations.js';
import { Refusal } from '../../rpc/refusal.js';
import { checkText, invalid } from '../../rpc/request_checks.js';
import type { LeasePolicy, PolicyTable } from '../policy.js';
import { isReserved, resourceFault } from '../resource_name.js';
import type { Wish } from './admission_rules.js';

const MAX_WISHES = 64;
/** Longest reason, in bytes. */
export const MAX_TEXT_BYTES = 1024;
const MAX_CLIENT_ID_BYTES = 256;
const MAX_REQUEST_ID_BYTES = 128;
const MAX_METADATA_ENTRIES = 32;
const MAX_METADATA_KEY_BYTES = 64;
const MAX_METADATA_VALUE_BYTES = 512;
const MAX_TOKENS = 256;
const MAX_PIDS = 64;
const MAX_CAPACITY = 10_000;
const MAX_PRIORITY = 100;

/** A wish with the terms that its resource's policy puts to it. */
export interface TermedWish extends Wish {
  readonly configuredCapacity: number | undefined;
  /** 0 for PROCESS leases. */
  readonly ttlMs: number;
  /** 0: no limit. */
  readonly maxHoldMs: number;
  readonly handover: Handover;
}

export type Wait =
  | { readonly kind: 'try' }
  | { readonly kind: 'until'; readonly timeoutMs: number }
  | { readonly kind: 'forever' };

/** An acquire that has been checked: nothing in it can be malformed any more. */
export interface AcquireCommand {
  readonly wishes: readonly TermedWish[];
  readonly clientId: string;
  readonly clientIdDefaulted: boolean;
  readonly askerUid: number;
  readonly liveness: LeaseLiveness;
  readonly reason: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly priority: number;
  readonly wait: Wait;
  readonly inheritTokens: readonly string[];
  readonly requestId: string;
  readonly attachPids: readonly number[];
  /** As the caller says, at another daemon or on another stream. */
  readonly waitedBeforeMs: number;
}

/** How a request came: over the network, or from a service of this daemon, which alone may lease reserved names. */
export type Via = 'unary' | 'hold' | 'inner';

/** Checks a request that came by `via` against the limits and the policies. Throws a Refusal. */
export function readAcquire(request: AcquireLeaseRequest, via: Via, peer: Peer, policies: PolicyTable): AcquireCommand {
  const liveness = livenessOf(request, via);
  checkLists(request);
  checkText('client_id', request.clientId, MAX_CLIENT_ID_BYTES);
  checkText('reason', request.reason, MAX_TEXT_BYTES);
  checkText('request_id', request.requestId, MAX_REQUEST_ID_BYTES);
  if (Math.abs(request.priority) > MAX_PRIORITY)
    throw invalid('priority', `must be from -${MAX_PRIORITY} to ${MAX_PRIORITY}`);
  const clientIdDefaulted = request.clientId === '';
  return {
    wishes: request.wishes.map((wish) => {
      if (via !== 'inner') refuseReserved(wish.resource);
      return readWish(wish, request, liveness, peer, policies.of(wish.resource));
    }),
    clientId: clientIdDefaulted ? defaultClientId(peer) : request.clientId,
    clientIdDefaulted,
    askerUid: peer.uid,
    liveness,
    reason: request.reason,
    metadata: readMetadata(request.metadata),
    priority: request.priority,
    wait: readWait(request.wait),
    inheritTokens: request.inheritTokens,
    requestId: request.requestId,
    attachPids: request.attachPids,
    waitedBeforeMs: readWaitedBefore(request.waitedBefore),
  };
}

export function checkResource(resource: string): void {
  const fault = resourceFault(resource);
  if (fault !== undefined) throw invalid('resource', fault);
}

/** A TTL asked for, or the policy's. */
export function readTtl(ttl: Duration | undefined, policy: LeasePolicy): number {
  if (ttl === undefined) return policy.defaultTtlMs;
  const ms = durationToMs(ttl);
  if (ms === undefined || ms === 0 || ms > policy.maxTtlMs) {
    throw new Refusal('TTL_OUT_OF_RANGE', `ttl must be more than 0 and at most ${policy.maxTtlMs / 1000} s here`, {
      max_ttl_ms: String(policy.maxTtlMs),
    });
  }
  return ms;
}

/** Of connections, whose peers never change. */
const defaultClientIds = new WeakMap<Peer, string>();

/** Restarts of one program fold into one client; unrelated programs don't meet. */
function defaultClientId(peer: Peer): string {
  const known = defaultClientIds.get(peer);
  if (known !== undefined) return known;
  const identity = JSON.stringify([peer.uid, peer.executable, peer.script, peer.cwd]);
  const clientId = `auto-${createHash('sha256').update(identity).digest('hex').slice(0, 16)}`;
  defaultClientIds.set(peer, clientId);
  return clientId;
}

function livenessOf(request: AcquireLeaseRequest, via: Via): LeaseLiveness {
  const pids = request.attachPids.length;
  switch (request.liveness) {
    case LeaseLiveness.UNSPECIFIED:
      if (pids > 0) return LeaseLiveness.PROCESS;
      return via === 'hold' ? LeaseLiveness.HOLD : LeaseLiveness.TTL;
    case LeaseLiveness.HOLD:
      if (via !== 'hold') throw invalid('liveness', 'HOLD needs a HoldLeases stream that renews the lease');
      return request.liveness;
    case LeaseLiveness.TTL:
      if (pids > 0) throw invalid('attach_pids', 'does not go with TTL, which is attached to no process');
      return request.liveness;
    case LeaseLiveness.PROCESS:
      if (request.ttl !== undefined) throw invalid('ttl', 'does not go with PROCESS; bound it by max_hold');
      return request.liveness;
    default:
      throw invalid('liveness', 'is not known; use HOLD, PROCESS or TTL');
  }
}

function readWish(
  wish: LeaseWish,
  request: AcquireLeaseRequest,
  liveness: LeaseLiveness,
  peer: Peer,
  policy: LeasePolicy,
): TermedWish {
  checkResource(wish.resource);
  if (policy.allow !== undefined && !policy.allow.uids.includes(peer.uid)) {
    throw new Refusal(
      'POLICY_DENIED',
      `uid ${peer.uid} may not acquire ${wish.resource}, by the policy for ${policy.pattern}`,
      {
        pattern: policy.pattern,
      },
    );
  }
  return {
    resource: wish.resource,
    mode: readMode(wish),
    capacity: wish.capacity,
    configuredCapacity: policy.capacity,
    ttlMs: liveness === LeaseLiveness.PROCESS ? 0 : readTtl(request.ttl, policy),
    maxHoldMs: readMaxHold(request, policy),
    handover: readHandover(request, policy),
  };
}

function refuseReserved(resource: string): void {
  if (!isReserved(resource)) return;
  throw new Refusal('RESERVED_RESOURCE', `${resource}: this prefix is kept for the daemon; choose another name`);
}

function readMode({ mode, capacity }: LeaseWish): LeaseMode {
  if (mode !== LeaseMode.UNSPECIFIED && mode !== LeaseMode.EXCLUSIVE && mode !== LeaseMode.SHARED) {
    throw invalid('mode', 'is not known; use EXCLUSIVE or SHARED');
  }
  if (capacity !== undefined) {
    if (mode === LeaseMode.SHARED) throw invalid('capacity', 'goes with EXCLUSIVE only; SHARED has no limit');
    if (capacity < 1 || capacity > MAX_CAPACITY) throw invalid('capacity', `must be from 1 to ${MAX_CAPACITY}`);
  }
  return mode === LeaseMode.SHARED ? LeaseMode.SHARED : LeaseMode.EXCLUSIVE;
}

function readMaxHold(request: AcquireLeaseRequest, policy: LeasePolicy): number {
  if (request.maxHold === undefined) return policy.maxHoldMs ?? 0;
  const ms = durationToMs(request.maxHold);
  if (ms === undefined || ms === 0 || ms > (policy.maxHoldMs ?? ms)) {
    const most = policy.maxHoldMs === undefined ? '' : ` and at most ${policy.maxHoldMs / 1000} s here`;
    throw new Refusal('TTL_OUT_OF_RANGE', `max_hold must be more than 0${most}`);
  }
  return ms;
}

function readHandover(request: AcquireLeaseRequest, policy: LeasePolicy): Handover {
  switch (request.handover) {
    case Handover.UNSPECIFIED:
      return policy.handover;
    case Handover.GRANT:
    case Handover.WAIT:
    case Handover.TERMINATE:
      return request.handover;
    default:
      throw invalid('handover', 'is not known; use GRANT, WAIT or TERMINATE');
  }
}

function readWait(wait: AcquireLeaseRequest['wait']): Wait {
  if (wait === undefined) return { kind: 'try' };
  if (wait.$case === 'waitForever') {
    if (!wait.value) throw invalid('wait_forever', 'must be true where it is set; leave it out to try');
    return { kind: 'forever' };
  }
  const timeoutMs = durationToMs(wait.value);
  if (timeoutMs === undefined) throw invalid('wait_timeout', 'must be a duration of 0 s to 10 years');
  return timeoutMs === 0 ? { kind: 'try' } : { kind: 'until', timeoutMs };
}

function readWaitedBefore(waited: Duration | undefined): number {
  if (waited === undefined) return 0;
  const ms = durationToMs(waited);
  if (ms === undefined) throw invalid('waited_before', 'must be a duration of 0 s to 10 years');
  return ms;
}

function readMetadata(metadata: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  if (metadata.size > MAX_METADATA_ENTRIES) throw invalid('metadata', `has more than ${MAX_METADATA_ENTRIES} entries`);
  for (const [key, value] of metadata) {
    if (key === '') throw invalid('metadata', 'has an empty key');
    checkText('metadata key', key, MAX_METADATA_KEY_BYTES);
    checkText('metadata value', value, MAX_METADATA_VALUE_BYTES);
  }
  return Object.fromEntries(metadata);
}

function checkLists(request: AcquireLeaseRequest): void {
  const wished = request.wishes.length;
  if (wished === 0) throw invalid('wishes', 'is empty; name at least one resource');
  if (wished > MAX_WISHES) throw invalid('wishes', `has ${wished} entries; at most ${MAX_WISHES} are allowed`);
  if (wished > 1 && new Set(request.wishes.map((wish) => wish.resource)).size < wished) {
    throw invalid('wishes', 'names a resource twice');
  }
  if (request.inheritTokens.length > MAX_TOKENS) throw invalid('inherit_tokens', `has more than ${MAX_TOKENS} entries`);
  if (request.attachPids.length > MAX_PIDS) throw invalid('attach_pids', `has more than ${MAX_PIDS} entries`);
}
