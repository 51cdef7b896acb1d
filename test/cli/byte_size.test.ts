import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseByteSize, readByteSize } from '../../src/cli/byte_size.js';

test('sizes are bytes, or multiples of 1,024', () => {
  assert.deepEqual(
    ['512', '500B', '64KiB', '8MiB', '1GiB', '0'].map(readByteSize),
    [512, 500, 65_536, 8_388_608, 1_073_741_824, 0],
  );
  for (const text of ['', '8MB', '8 MiB', '-1', '1.5MiB', 'MiB', '999999999999999GiB']) {
    assert.equal(readByteSize(text), undefined, text);
  }
  assert.throws(() => parseByteSize('0'), /'0' is no number of bytes/);
});
