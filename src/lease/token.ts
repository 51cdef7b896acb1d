import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import { BoundedMap } from './bounded_map.js';
import { leaseIdOf } from './ledger/record.js';

/** What a genuine token says. */
export interface TokenClaim {
  readonly leaseId: string;
  readonly fencingToken: number;
  /** As `resourceHash` of the lease's resource. */
  readonly resourceHash: string;
}

export interface LeaseTokens {
  /** Renews and releases. */
  readonly ownerToken: string;
  /** Joins, nothing else. */
  readonly inheritToken: string;
}

const OWNER_PREFIX = 'tno_';
const INHERIT_PREFIX = 'tni_';
const CLAIM_BYTES = 16;
const MAC_BYTES = 16;
/** 32 bytes in base64url, without padding. */
const BODY_CHARS = 43;
const KEY_BYTES = 32;
/** Owner tokens that are known without a MAC. */
const RECENT = 4_096;
const TWO_TO_32 = 2 ** 32;

/** The first 8 bytes of SHA-256 of a resource's name, in hex. It tells resources apart; it hides nothing. */
export function resourceHash(resource: string): string {
  return hash('sha256', resource, 'hex').slice(0, 16);
}

/**
 * Issues and verifies the tokens of leases: a prefix for the kind, then in
 * base64url the fencing token (8 bytes, big-endian), the resource's hash
 * (8 bytes) and a MAC (16 bytes). Nothing is stored: the same lease gives the
 * same tokens as long as the key lives.
 */
export class TokenSigner {
  readonly #key: Uint8Array;
  /** Owner tokens issued of late: most come back soon, to renew or release, and need no second MAC. */
  readonly #recent = new BoundedMap<TokenClaim>(RECENT);
  /** Where a token is put together; wiped after each. */
  readonly #scratch = Buffer.alloc(CLAIM_BYTES + MAC_BYTES);

  constructor(key: Uint8Array) {
    if (key.length !== KEY_BYTES) {
      throw new RangeError(`the key for lease tokens has ${key.length} bytes; it must have ${KEY_BYTES}`);
    }
    this.#key = Uint8Array.from(key);
  }

  issue(lease: { readonly fencingToken: number; readonly resource: string }): LeaseTokens {
    const { fencingToken } = lease;
    if (!Number.isSafeInteger(fencingToken) || fencingToken <= 0) {
      throw new RangeError(`${fencingToken} is no fencing token; it must be a positive safe integer`);
    }
    const body = this.#scratch;
    body.writeUInt32BE(Math.floor(fencingToken / TWO_TO_32), 0);
    body.writeUInt32BE(fencingToken % TWO_TO_32, 4);
    body.write(resourceHash(lease.resource), 8, 'hex');
    const macs = this.#macs(body);
    macs.copy(body, CLAIM_BYTES, 0, MAC_BYTES);
    const ownerToken = OWNER_PREFIX + body.toString('base64url');
    macs.copy(body, CLAIM_BYTES, MAC_BYTES);
    const inheritToken = INHERIT_PREFIX + body.toString('base64url');
    this.#recent.set(ownerToken, {
      leaseId: leaseIdOf(fencingToken),
      fencingToken,
      resourceHash: body.toString('hex', 8, CLAIM_BYTES),
    });
    body.fill(0);
    return { ownerToken, inheritToken };
  }

  /** Undefined: not issued with this key, or no owner token. */
  verifyOwner(token: string): TokenClaim | undefined {
    return this.#recent.get(token) ?? this.#verify(token, OWNER_PREFIX, 0);
  }

  /** Undefined: not issued with this key, or no inherit token. */
  verifyInherit(token: string): TokenClaim | undefined {
    return this.#verify(token, INHERIT_PREFIX, MAC_BYTES);
  }

  #verify(token: string, prefix: string, macOffset: number): TokenClaim | undefined {
    if (token.length !== prefix.length + BODY_CHARS || !token.startsWith(prefix)) return undefined;
    const text = token.slice(prefix.length);
    const body = Buffer.from(text, 'base64url');
    // The decoder skips what it does not know and ignores spare bits: only one spelling of a token is a token.
    if (body.length !== CLAIM_BYTES + MAC_BYTES || body.toString('base64url') !== text) return undefined;
    const expected = this.#macs(body).subarray(macOffset, macOffset + MAC_BYTES);
    if (!timingSafeEqual(body.subarray(CLAIM_BYTES), expected)) return undefined;
    const fencingToken = body.readUInt32BE(0) * TWO_TO_32 + body.readUInt32BE(4);
    return { leaseId: leaseIdOf(fencingToken), fencingToken, resourceHash: body.toString('hex', 8, CLAIM_BYTES) };
  }

  /**
   * The owner's MAC and the inheritor's, 16 bytes each. HMAC-SHA256 is a
   * pseudorandom function: whoever knows one half of its output, as every
   * child knows the inherit token, learns nothing of the other, and 128 bits
   * of either can't be guessed. One computation serves both.
   */
  #macs(body: Buffer): Buffer {
    return createHmac('sha256', this.#key).update(body.subarray(0, CLAIM_BYTES)).digest();
  }
}
