// needs: man mandoc groff
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { World } from '../e2e/world.js';

const PAGE = join(import.meta.dirname, '..', '..', 'dist', 'tenure.1');

test('the manual page is read without a warning, and has every command', async (t) => {
  const world = new World(t);
  const lint = await world.start('mandoc', ['-Tlint', '-Wwarning', PAGE]).ended;
  assert.deepEqual([lint.code, lint.stdout, lint.stderr], [0, '', '']);
  const groff = await world.start('groff', ['-man', '-Tutf8', '-ww', '-z', PAGE]).ended;
  assert.deepEqual([groff.code, groff.stderr], [0, '']);

  const man = await world.start('man', ['-l', PAGE], { env: { MANWIDTH: '100' } }).ended;
  assert.equal(man.code, 0, man.stderr);
  const text = man.stdout;
  for (const heading of ['NAME', 'SYNOPSIS', 'COMMANDS', 'EXIT STATUS', 'ENVIRONMENT', 'FILES']) {
    assert.match(text, new RegExp(`^${heading}$`, 'm'));
  }
  assert.match(text, /^ {3}tenure run RESOURCE\.\.\. \[options\] -- COMMAND/m);
  assert.match(text, /^ {3}tenure session worktree clean/m);
  assert.match(text, /--capacity <n>/);
  assert.match(text, /tenure lease revoke.*'/s);
});
