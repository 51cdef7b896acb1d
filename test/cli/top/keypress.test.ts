import assert from 'node:assert/strict';
import { emitKeypressEvents } from 'node:readline';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import type { Key } from '../../../src/cli/top/key_rules.js';
import { type Keypress, keysOf } from '../../../src/cli/top/keypress_rules.js';

/** What comes of the bytes that a terminal sends at once, by way of Node's own reading of them. */
function typed(bytes: string): string[] {
  const stream = new PassThrough();
  const keys: Key[] = [];
  emitKeypressEvents(stream);
  stream.on('keypress', (text: string | undefined, key: Keypress | undefined) => keys.push(...keysOf(text, key)));
  stream.emit('data', Buffer.from(bytes));
  return keys.map(({ name, ctrl, text }) => `${ctrl ? 'ctrl ' : ''}${name}:${text}`);
}

test('a key is one key', () => {
  assert.deepEqual(typed('q?G'), ['q:q', ':?', 'g:G']);
  assert.deepEqual(typed('\x1b[A'), ['up:']);
  assert.deepEqual(typed('\x03'), ['ctrl c:\x03']);
});

test('Escape and a key soon after it are two', () => {
  assert.deepEqual(typed('\x1bq'), ['escape:', 'q:q']);
  assert.deepEqual(typed('\x1b?'), ['escape:', ':?']);
  assert.deepEqual(typed('\x1bG'), ['escape:', 'g:G']);
  assert.deepEqual(typed('\x1b/'), ['escape:', ':/']);
  assert.deepEqual(typed('\x1b\r'), ['escape:', 'return:']);
  assert.deepEqual(typed('\x1b\x1b[B'), ['escape:', 'down:']);
  assert.deepEqual(typed('\x1b\x03'), ['escape:', 'ctrl c:']);
  assert.deepEqual(typed('\x1b[1;3A'), ['up:'], 'with Alt held down it is no Escape');
});
