import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { rotating } from '../../../src/secret/rotation/rotation_rules.js';
import { MAX_VALUE_BYTES, newValueOf } from '../../../src/secret/value_rules.js';
import { documentOf, storedSecret, textOf } from '../stored_secrets.js';

test('a new value is what was printed, without one line end', () => {
  const printed: readonly (readonly [string, string | undefined])[] = [
    ['new', 'new'],
    ['new\n', 'new'],
    ['new\r\n', 'new'],
    ['new\n\n', 'new\n'],
    ['two\nlines\n', 'two\nlines'],
    [' spaced \n', ' spaced '],
    ['new\r', 'new\r'],
    ['', undefined],
    ['\n', undefined],
    ['\r\n', undefined],
    ['x'.repeat(MAX_VALUE_BYTES), 'x'.repeat(MAX_VALUE_BYTES)],
    [`${'x'.repeat(MAX_VALUE_BYTES)}\r\n`, 'x'.repeat(MAX_VALUE_BYTES)],
    ['x'.repeat(MAX_VALUE_BYTES + 1), undefined],
    [`${'x'.repeat(MAX_VALUE_BYTES)}\n\n`, undefined],
  ];
  for (const [output, value] of printed) {
    assert.equal(textOf(newValueOf(Buffer.from(output))), value, JSON.stringify(output.slice(0, 20)));
  }
});

test('any value survives being printed with a line end', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 50 }), fc.constantFrom('\n', '\r\n'), (value, lineEnd) => {
      // Together they would be one line end.
      fc.pre(!(lineEnd === '\n' && value.at(-1) === 0x0d));
      assert.deepEqual(Buffer.from(newValueOf(Buffer.concat([value, Buffer.from(lineEnd)])) ?? ''), Buffer.from(value));
    }),
  );
});

test('only the very secret that was rotated gets the new value', () => {
  const before = storedSecret('a', { rotate: 'r' }, { version: 3 });
  const other = storedSecret('b', {});
  const take = rotating(before, Buffer.from('new'), 9_000);
  const { document, value } = take(documentOf(before, other));
  assert.equal(value.kind, 'rotated');
  const after = document.secrets.get('a');
  assert.equal(textOf(after?.value), 'new');
  assert.deepEqual(
    [after?.version, after?.updateWallMs, after?.rotateWallMs, after?.createWallMs],
    [4, 9_000, 9_000, 1_000],
  );
  assert.equal(document.secrets.get('b'), other);

  const changes = [{ version: 4 }, { createWallMs: 2_000, version: 3 }, { source: 'env:A', value: undefined }];
  for (const change of changes) {
    const changed = documentOf({ ...before, ...change });
    assert.deepEqual(take(changed), { document: changed, value: { kind: 'changed' } });
  }
  const gone = documentOf(other);
  assert.deepEqual(take(gone), { document: gone, value: { kind: 'deleted' } });
});
