import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import type { ProcessIdentity } from '../../src/os/process_identity.js';
import { ProcessWatch } from '../../src/os/process_watch.js';
import { firstLine, identityOf, start, unreapedChild, until } from './child_process.js';

function watching(t: TestContext): ProcessWatch {
  const watch = new ProcessWatch();
  watch.setUrgent(true);
  t.after(() => watch.close());
  return watch;
}

function openPidfds(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).includes('pidfd');
    } catch {
      // The folder's own descriptor is closed by now.
      return false;
    }
  }).length;
}

function exitOf(watch: ProcessWatch, identity: ProcessIdentity): Promise<void> {
  return new Promise((resolve) => {
    watch.onExit(identity, resolve);
  });
}

test('the end of a process that is nobody here is noticed, once', async (t) => {
  const watch = watching(t);
  const parent = start(t, 'sh', ['-c', 'sleep 60 & echo $!; wait']);
  const grandchild = identityOf(Number(await firstLine(parent)));
  let calls = 0;
  watch.onExit(grandchild, () => {
    calls += 1;
  });
  const ended = exitOf(watch, grandchild);
  assert.equal(watch.isAlive(grandchild), true);
  assert.equal(watch.signal(grandchild, 'SIGKILL'), true);
  await ended;
  watch.checkNow();
  watch.checkNow();
  assert.equal(calls, 1);
  assert.equal(watch.isAlive(grandchild), false);
  assert.equal(watch.open(grandchild), undefined);
  assert.equal(watch.signal(grandchild, 'SIGKILL'), false);
});

test('a zombie has ended', async (t) => {
  const watch = watching(t);
  const child = identityOf(await unreapedChild(t));
  const ended = exitOf(watch, child);
  process.kill(child.pid, 'SIGKILL');
  await ended;
  assert.equal(watch.isAlive(child), false);
  assert.equal(watch.open(child), undefined);
});

test('a pid with another start time is another process', (t) => {
  const watch = watching(t);
  const child = identityOf(start(t, 'sleep', ['60']).pid);
  const earlier = { pid: child.pid, startTicks: child.startTicks - 1 };
  assert.equal(watch.open(earlier), undefined);
  assert.equal(watch.isAlive(earlier), false);
  assert.equal(watch.signal(earlier, 'SIGKILL'), false);
  assert.equal(watch.isAlive(child), true);
});

test('ten thousand watchers of one process cost one pidfd, and none after its end', async (t) => {
  const watch = watching(t);
  const before = openPidfds();
  const child = start(t, 'sleep', ['60']);
  const identity = identityOf(child.pid);
  let calls = 0;
  const opened = Array.from({ length: 10_000 }, () => {
    const watched = watch.open(identity);
    watched?.onExit(() => {
      calls += 1;
    });
    return watched;
  });
  assert.equal(openPidfds(), before + 1);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await until(() => calls > 0, 'the exit is noticed');
  assert.equal(calls, 10_000);
  assert.equal(openPidfds(), before);
  for (const watched of opened) watched?.close();
  assert.equal(openPidfds(), before);
});

test('the last watcher to leave closes the pidfd', (t) => {
  const watch = watching(t);
  const before = openPidfds();
  const identity = identityOf(start(t, 'sleep', ['60']).pid);
  const first = watch.open(identity);
  const second = watch.open(identity);
  first?.close();
  first?.close();
  assert.equal(openPidfds(), before + 1);
  assert.equal(second?.isAlive(), true);
  second?.close();
  assert.equal(openPidfds(), before);
});

test('who has unsubscribed, also during the calls, is not called', async (t) => {
  const watch = watching(t);
  const child = start(t, 'sleep', ['60']);
  const identity = identityOf(child.pid);
  const called: string[] = [];
  watch.onExit(identity, () => called.push('early'))();
  const watched = watch.open(identity);
  let dropSecond = (): void => undefined;
  watched?.onExit(() => {
    called.push('first');
    dropSecond();
  });
  dropSecond = watched?.onExit(() => called.push('second')) ?? dropSecond;
  const ended = exitOf(watch, identity);
  child.kill('SIGKILL');
  await ended;
  assert.deepEqual(called, ['first']);
});

test('a listener that throws does not keep the others from hearing', async (t) => {
  const watch = new ProcessWatch();
  t.after(() => watch.close());
  const child = start(t, 'sleep', ['60']);
  const identity = identityOf(child.pid);
  let heard = 0;
  watch.onExit(identity, () => {
    throw new Error('broken listener');
  });
  watch.onExit(identity, () => {
    heard += 1;
  });
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.throws(() => watch.checkNow(), /broken listener/);
  assert.equal(heard, 1);
});

test('whoever subscribes after the end is called too, but never at once', async (t) => {
  const watch = watching(t);
  const child = start(t, 'sleep', ['60']);
  const identity = identityOf(child.pid);
  const watched = watch.open(identity);
  child.kill('SIGKILL');
  await once(child, 'exit');
  watch.checkNow();
  let called = false;
  const late = new Promise<void>((resolve) => {
    watched?.onExit(() => {
      called = true;
      resolve();
    });
  });
  assert.equal(called, false);
  await late;
  await exitOf(watch, identity);
});

test('where the kernel gives no pidfds, /proc tells', async (t) => {
  const watch = new ProcessWatch(() => {
    throw new Error('ENOSYS');
  });
  watch.setUrgent(true);
  t.after(() => watch.close());
  const identity = identityOf(start(t, 'sleep', ['60']).pid);
  assert.equal(watch.open({ ...identity, startTicks: identity.startTicks + 1 }), undefined);
  const ended = exitOf(watch, identity);
  watch.checkNow();
  assert.equal(watch.isAlive(identity), true);
  assert.equal(watch.signal(identity, 'SIGKILL'), true);
  await ended;
  assert.equal(watch.isAlive(identity), false);
});

test('nobody is taken for dead because there is no descriptor left to look', async (t) => {
  const watched = start(t, 'sleep', ['60']);
  const script = new URL('./out_of_descriptors.ts', import.meta.url).pathname;
  const node = `ulimit -n 96 && exec "${process.execPath}" --import tsx "${script}" ${watched.pid}`;
  const child = start(t, 'sh', ['-c', node]);
  assert.equal(await firstLine(child), 'alive alive');
  watched.kill('SIGKILL');
  const [code] = await once(child, 'exit');
  assert.equal(code, 0);
});
