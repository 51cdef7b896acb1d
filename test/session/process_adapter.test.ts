import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refusal } from '../../src/rpc/refusal.js';
import { processAdapter } from '../../src/session/process_adapter.js';

const adapter = processAdapter();
const order = { prompt: '', model: '', args: ['make', '-j', 'all'], directory: '/tmp' };

test('a command runs as it was given, with nothing to read', () => {
  assert.deepEqual(adapter.plan(order), { argv: ['make', '-j', 'all'], environment: {}, input: undefined });
});

test('a prompt is read from standard input, and is no argument', () => {
  assert.deepEqual(adapter.plan({ ...order, prompt: 'say hello\n' }), {
    argv: ['make', '-j', 'all'],
    environment: {},
    input: 'say hello\n',
  });
});

test('what a command can do nothing with is refused', () => {
  for (const [wrong, field] of [
    [{ args: [] }, 'command'],
    [{ args: ['', 'x'] }, 'command'],
    [{ model: 'large' }, 'model'],
  ] as const) {
    const refused = (error: unknown) => error instanceof Refusal && error.metadata['field'] === field;
    assert.throws(() => adapter.plan({ ...order, ...wrong }), refused);
  }
});

test('commands are always there, are found nowhere, and do not go on', async () => {
  assert.equal(await adapter.available(), true);
  assert.deepEqual(await adapter.discover(0, new AbortController().signal), []);
  assert.equal(adapter.planResume, undefined);
  assert.equal(adapter.resultOf('{"success":true}'), undefined);
  assert.equal(adapter.remote, undefined);
});
