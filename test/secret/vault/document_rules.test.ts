import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NO_HOOKS, putting, removing, secretOf, updating } from '../../../src/secret/vault/document_rules.js';
import { EMPTY_DOCUMENT, type VaultDocument } from '../../../src/secret/vault/vault_document.js';
import { isRefusal } from '../../lease/room.js';

const value = (bytes: number) => ({ kind: 'value', value: Buffer.alloc(bytes, 1) }) as const;
const put = (document: VaultDocument, name: string, bytes = 1): VaultDocument =>
  putting(name, value(bytes), NO_HOOKS, 1)(document).document;

describe('the vault’s document', () => {
  test('takes a name once; a change of content is a new version, one of hooks is not', () => {
    const one = put(EMPTY_DOCUMENT, 'a');
    assert.throws(() => put(one, 'a'), isRefusal('SECRET_EXISTS'));
    const two = updating('a', value(2), undefined, 2)(one).document;
    const three = updating('a', undefined, { ...NO_HOOKS, rotate: 'r' }, 3)(two).document;
    const { version, createWallMs, updateWallMs, hooks, value: kept } = secretOf(three, 'a');
    assert.deepEqual([version, createWallMs, updateWallMs, hooks.rotate, kept?.length], [2, 1, 3, 'r', 2]);
    assert.equal(secretOf(one, 'a').version, 1, 'a document never changes in place');
  });

  test('forgets a value whose source is elsewhere from now on', () => {
    const one = put(EMPTY_DOCUMENT, 'a');
    const two = updating('a', { kind: 'source', source: 'env:A' }, undefined, 2)(one).document;
    assert.deepEqual([secretOf(two, 'a').value, secretOf(two, 'a').source], [undefined, 'env:A']);
  });

  test('says what is not there', () => {
    assert.throws(() => removing('a')(EMPTY_DOCUMENT), isRefusal('SECRET_NOT_FOUND'));
    assert.throws(() => updating('a', undefined, NO_HOOKS, 1)(EMPTY_DOCUMENT), isRefusal('SECRET_NOT_FOUND'));
    assert.equal(removing('a')(put(EMPTY_DOCUMENT, 'a')).document.secrets.size, 0);
  });

  test('holds 8 MiB of values; a value that gives way to another counts no more', () => {
    const big = 65_536;
    let full = EMPTY_DOCUMENT;
    for (let index = 0; index < 128; index += 1) full = put(full, `s${index}`, big);
    assert.throws(() => put(full, 'more'), isRefusal('TOO_MANY'));
    assert.equal(updating('s0', value(big), undefined, 2)(full).document.secrets.size, 128);
  });
});
