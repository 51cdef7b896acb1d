import assert from 'node:assert/strict';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import type { ReadStream, WriteStream } from 'node:tty';
import { askHidden } from '../../../src/cli/secret/hidden_prompt.js';

/** A terminal on which these keys are typed, in these pieces. */
async function ask(pieces: readonly string[]) {
  const modes: boolean[] = [];
  const terminal = Object.assign(Readable.from(pieces.map((piece) => Buffer.from(piece))), {
    setRawMode: (mode: boolean) => modes.push(mode),
  });
  const screen = new PassThrough();
  const lines = await askHidden(terminal as unknown as ReadStream, screen as unknown as WriteStream, [
    'One: ',
    'Two: ',
  ]);
  screen.end();
  return { lines: lines?.map(String), modes, screen: await text(screen) };
}

test('each line begins anew, in whatever pieces it comes', async () => {
  const two = { lines: ['hunter2', 'other'], modes: [true, false], screen: 'One: \nTwo: \n' };
  assert.deepEqual(await ask(['hunter2\r', 'other\r']), two);
  assert.deepEqual(await ask(['hun', 'ter2\r', 'ot', 'her\r']), two);
  assert.deepEqual(await ask(['hunter2\rot', 'her\r', 'ignored']), two);
  assert.deepEqual(await ask(['hunter2\rother\rignored']), two);
});

test('a terminal that goes away gives no lines', async () => {
  assert.deepEqual(await ask(['hunter2\r', 'oth']), { lines: undefined, modes: [true, false], screen: 'One: \nTwo: ' });
  assert.deepEqual(await ask(['hunter2\r\x04']), { lines: undefined, modes: [true, false], screen: 'One: \nTwo: \n' });
});
