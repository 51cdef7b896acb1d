import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refusal } from '../../src/rpc/refusal.js';
import { Seal } from '../../src/secret/seal.js';

test('secrets are lent again once all have let go', () => {
  const seal = new Seal();
  seal.check();
  const one = seal.close('the heartbeat has failed');
  const other = seal.close('the kill switch is at work');
  assert.equal(seal.reason, 'the heartbeat has failed; the kill switch is at work');
  assert.throws(
    () => seal.check(),
    (error) =>
      error instanceof Refusal &&
      error.reason === 'SECRETS_SEALED' &&
      error.message.includes('the heartbeat has failed; the kill switch is at work'),
  );
  one();
  one();
  assert.equal(seal.reason, 'the kill switch is at work');
  other();
  seal.check();
  assert.equal(seal.reason, '');
});

test('two that close it for the same reason are told of once, and both have to let go', () => {
  const seal = new Seal();
  const reasons: string[] = [];
  const unsubscribe = seal.onChange(() => reasons.push(seal.reason));
  const open = [seal.close('it burns'), seal.close('it burns')];
  assert.deepEqual(reasons, ['it burns']);
  open[0]?.();
  assert.equal(seal.reason, 'it burns');
  open[1]?.();
  assert.deepEqual(reasons, ['it burns', '']);
  unsubscribe();
  seal.close('again');
  assert.equal(reasons.length, 2);
});
