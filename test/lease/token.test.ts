import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { leaseIdOf } from '../../src/lease/ledger/record.js';
import { resourceHash, TokenSigner } from '../../src/lease/token.js';

const KEY = Uint8Array.from({ length: 32 }, (_, index) => index);
const signer = new TokenSigner(KEY);
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

const leases = fc.record({
  fencingToken: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  resource: fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' }),
});

test('a token is its prefix, the fencing token, the resource hash and a half of one HMAC', () => {
  const { ownerToken, inheritToken } = signer.issue({ fencingToken: 1_700_000_000_000_001, resource: 'dir/home/me' });
  const claim = Buffer.alloc(16);
  claim.writeBigUInt64BE(1_700_000_000_000_001n);
  createHash('sha256').update('dir/home/me').digest().copy(claim, 8, 0, 8);
  const mac = createHmac('sha256', KEY).update(claim).digest();
  assert.equal(ownerToken, `tno_${Buffer.concat([claim, mac.subarray(0, 16)]).toString('base64url')}`);
  assert.equal(inheritToken, `tni_${Buffer.concat([claim, mac.subarray(16)]).toString('base64url')}`);
});

test('an issued token tells its lease, and the same lease has the same tokens', () => {
  fc.assert(
    fc.property(leases, (lease) => {
      const tokens = signer.issue(lease);
      const claim = {
        leaseId: leaseIdOf(lease.fencingToken),
        fencingToken: lease.fencingToken,
        resourceHash: resourceHash(lease.resource),
      };
      assert.deepEqual(signer.verifyOwner(tokens.ownerToken), claim);
      assert.deepEqual(signer.verifyInherit(tokens.inheritToken), claim);
      assert.deepEqual(new TokenSigner(KEY).issue(lease), tokens);
      assert.match(tokens.ownerToken, /^tno_[A-Za-z0-9_-]{43}$/);
      assert.match(tokens.inheritToken, /^tni_[A-Za-z0-9_-]{43}$/);
    }),
  );
});

test('an inherit token is no owner token, nor with its prefix changed', () => {
  fc.assert(
    fc.property(leases, (lease) => {
      const { ownerToken, inheritToken } = signer.issue(lease);
      assert.equal(signer.verifyOwner(inheritToken), undefined);
      assert.equal(signer.verifyInherit(ownerToken), undefined);
      assert.equal(signer.verifyOwner(`tno_${inheritToken.slice(4)}`), undefined);
      assert.equal(signer.verifyInherit(`tni_${ownerToken.slice(4)}`), undefined);
    }),
  );
});

test('every other character at every place makes it no token', () => {
  const { ownerToken } = signer.issue({ fencingToken: 1_700_000_000_000_001, resource: 'a' });
  for (let place = 0; place < ownerToken.length; place += 1) {
    for (const character of `${ALPHABET}+/=. `) {
      if (ownerToken[place] === character) continue;
      const changed = ownerToken.slice(0, place) + character + ownerToken.slice(place + 1);
      assert.equal(signer.verifyOwner(changed), undefined, changed);
    }
  }
});

test('another key, another length or another spelling is no token', () => {
  const { ownerToken } = signer.issue({ fencingToken: 7, resource: 'a' });
  assert.equal(new TokenSigner(new Uint8Array(32)).verifyOwner(ownerToken), undefined);
  assert.equal(signer.verifyOwner(`${ownerToken}=`), undefined);
  assert.equal(signer.verifyOwner(ownerToken.slice(0, -1)), undefined);
  assert.equal(signer.verifyOwner(` ${ownerToken}`), undefined);
  assert.equal(signer.verifyOwner(ownerToken.toUpperCase()), undefined);
});

test('garbage is answered, not thrown', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ minLength: 43, maxLength: 43, unit: 'binary' })), (garbage) => {
      for (const token of [garbage, `tno_${garbage}`, `tni_${garbage}`]) {
        assert.equal(signer.verifyOwner(token), undefined);
        assert.equal(signer.verifyInherit(token), undefined);
      }
    }),
  );
});

test('a key of another length and a fencing token that is none are refused', () => {
  assert.throws(() => new TokenSigner(new Uint8Array(31)), /must have 32/);
  for (const fencingToken of [0, -1, 1.5, Number.NaN, 2 ** 53]) {
    assert.throws(() => signer.issue({ fencingToken, resource: 'a' }), /positive safe integer/);
  }
});
