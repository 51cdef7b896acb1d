import assert from 'node:assert/strict';
import { test } from 'node:test';
import { descendantsOf, findByEnvironment } from '../../src/os/descendants.js';
import { firstLine, identityOf, start } from './child_process.js';

test('finds whoever carries a marker in its environment, however far down', async (t) => {
  const marker = `tni_test-${process.pid}`;
  const env = { ...process.env, TENURE_LEASES: `tni_other,${marker}` };
  const parent = start(t, 'sh', ['-c', 'sleep 60 & echo $!; wait'], { env });
  const grandchild = identityOf(Number(await firstLine(parent)));
  const stranger = identityOf(start(t, 'sleep', ['60']).pid);
  const found = await findByEnvironment(marker);
  const expected = [identityOf(parent.pid), grandchild].sort((a, b) => a.pid - b.pid);
  assert.deepEqual(
    [...found].sort((a, b) => a.pid - b.pid),
    expected,
  );
  assert.ok(!found.some(({ pid }) => pid === stranger.pid));
  process.kill(grandchild.pid, 'SIGKILL');
});

test('finds a process also while it goes from one program to the next', async (t) => {
  const marker = `tni_exec-${process.pid}`;
  // Again and again, until the test ends it.
  const again = 'exec sh -c "$0" "$0"';
  const env = { PATH: process.env['PATH'], TENURE_LEASES: marker };
  const { pid } = identityOf(start(t, 'sh', ['-c', again, again], { env }).pid);
  for (let look = 0; look < 60; look += 1) {
    const found = await findByEnvironment(marker);
    assert.deepEqual(
      found.map((one) => one.pid),
      [pid],
      `look ${look}`,
    );
  }
});

test('knows the children and their children', async (t) => {
  const parent = start(t, 'sh', ['-c', 'sleep 60 & echo $!; wait']);
  const grandchild = identityOf(Number(await firstLine(parent)));
  const all = await descendantsOf(process.pid);
  assert.ok(all.some(({ pid, startTicks }) => pid === grandchild.pid && startTicks === grandchild.startTicks));
  assert.ok(!all.some(({ pid }) => pid === process.pid));
  assert.deepEqual(await descendantsOf(identityOf(parent.pid).pid), [grandchild]);
  process.kill(grandchild.pid, 'SIGKILL');
});

test('are neither we nor what we started, where another process has started us', async (t) => {
  const own = identityOf(start(t, 'sleep', ['60']).pid);
  const all = await descendantsOf(process.ppid);
  assert.deepEqual(
    all.filter(({ pid }) => pid === process.pid || pid === own.pid),
    [],
  );
});
