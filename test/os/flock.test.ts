import assert from 'node:assert/strict';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tryLock } from '../../src/os/flock.js';
import { firstLine, start, temporaryFolder } from './child_process.js';

test('only one of two open files has the lock, until it is closed', (t) => {
  const path = join(temporaryFolder(t), 'lock');
  const first = openSync(path, 'w');
  const second = openSync(path, 'w');
  assert.equal(tryLock(first), true);
  assert.equal(tryLock(second), false);
  closeSync(first);
  assert.equal(tryLock(second), true);
  closeSync(second);
});

test('the lock of a killed process is free at once, also while its child lives', async (t) => {
  const path = join(temporaryFolder(t), 'lock');
  const flock = new URL('../../src/os/flock.ts', import.meta.url).pathname;
  const code = `
    const { openSync } = await import('node:fs');
    const { spawn } = await import('node:child_process');
    const { tryLock } = await import(${JSON.stringify(flock)});
    if (!tryLock(openSync(${JSON.stringify(path)}, 'w'))) process.exit(1);
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    console.log(child.pid);
    setInterval(() => undefined, 1000);`;
  const holder = start(t, process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code]);
  const childPid = Number(await firstLine(holder));
  t.after(() => process.kill(childPid, 'SIGKILL'));
  const fd = openSync(path, 'w');
  t.after(() => closeSync(fd));
  assert.equal(tryLock(fd), false);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  assert.equal(tryLock(fd), true);
});

test('a descriptor that is not open is an error, not a lock held by another', () => {
  assert.throws(() => tryLock(9999), { code: 'EBADF' });
});
