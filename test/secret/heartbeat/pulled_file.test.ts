import assert from 'node:assert/strict';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { PulledFile } from '../../../src/secret/heartbeat/pulled_file.js';
import { temporaryFolder } from '../../os/child_process.js';

test('what was kept is read again, by its owner alone, until it is removed', (t) => {
  const path = join(temporaryFolder(t), 'heartbeat.json');
  const file = new PulledFile(path);
  assert.equal(file.read(), undefined);
  const pulled = { reason: 'the heartbeat failed', wallMs: 5, done: true };
  file.write(pulled);
  assert.deepEqual(new PulledFile(path).read(), pulled);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  file.remove();
  file.remove();
  assert.equal(file.read(), undefined);
});

test('a damaged one seals: nothing is lent because a file can’t be read', (t) => {
  const path = join(temporaryFolder(t), 'heartbeat.json');
  for (const text of ['', '{"reason":"x"}', '{']) {
    writeFileSync(path, text);
    const pulled = new PulledFile(path).read();
    assert.equal(pulled?.done, false);
    assert.match(pulled?.reason ?? '', /heartbeat\.json is damaged/);
  }
});
