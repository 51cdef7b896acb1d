import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { commitOf, eventsOf, recordsOf, storeContract } from './contract.js';
import { EmbeddedHome } from './embedded_home.js';

storeContract('embedded', (context, clock) => new EmbeddedHome(context, clock));

test('another boot finds the durable part alone, and knows that there was another', async (t) => {
  const home = new EmbeddedHome(t);
  const store = await home.open('first-boot');
  await store.reserveRevisions(2_000_000);
  await store.commit(commitOf('boot', { mine: 'x' }, 1_500_000));
  await store.commit(commitOf('durable', { kept: 'y' }, 1_500_001));
  await store.close();

  const next = await home.open('second-boot');
  const contents = await next.load();
  assert.equal(contents.otherBoot, true);
  assert.deepEqual(
    contents.otherBootRecords.map(({ key }) => key),
    ['mine'],
  );
  assert.deepEqual(await recordsOf(next), { kept: 'y' });
  assert.equal(contents.revisionFloor, 2_000_000);
  // The history has lost the events of the boot part, so none of it is offered.
  assert.equal(contents.compactedRevision, 2_000_000);
  assert.deepEqual(contents.events, []);
  await next.commit(commitOf('boot', { mine: 'z' }, 2_000_001));
  await next.close();
  assert.deepEqual(readdirSync(join(home.stateDir, 'boot')), ['second-boot']);

  const same = await home.open('second-boot');
  assert.equal((await same.load()).otherBoot, false);
  assert.deepEqual(await recordsOf(same), { kept: 'y', mine: 'z' });
  assert.deepEqual(await eventsOf(same), { 2000001: 'event 2000001' });
  await same.close();
});

test('what a power loss left of another boot stops nothing', async (t) => {
  const home = new EmbeddedHome(t);
  await (await home.open('first-boot')).close();
  writeFileSync(join(home.stateDir, 'boot', 'first-boot', 'data.mdb'), Buffer.alloc(50_000, 7));
  writeFileSync(join(home.stateDir, 'boot', 'stray'), '');
  const store = await home.open('second-boot');
  const { otherBoot, otherBootRecords } = await store.load();
  assert.equal(otherBoot, true);
  assert.deepEqual(otherBootRecords, []);
  await store.close();
  assert.deepEqual(readdirSync(join(home.stateDir, 'boot')), ['second-boot']);
});

test('what a killed start left half made is made anew', async (t) => {
  const home = new EmbeddedHome(t);
  for (const draft of ['durable.new', 'boot/this-boot.new']) {
    mkdirSync(join(home.stateDir, draft), { recursive: true });
    writeFileSync(join(home.stateDir, draft, 'data.mdb'), 'half');
  }
  const store = await home.open();
  assert.equal((await store.load()).otherBoot, false);
  await store.commit(commitOf('durable', { a: 'x' }));
  await store.close();
  assert.equal(existsSync(join(home.stateDir, 'durable.new')), false);
});

test('files and folders are for their owner alone, and loose ones are tightened', async (t) => {
  const home = new EmbeddedHome(t);
  const store = await home.open();
  await store.commit(commitOf('boot', { a: 'x' }));
  await store.close();
  assertPrivate(home.stateDir);
  for (const [path, isFolder] of tree(home.stateDir)) chmodSync(path, isFolder ? 0o755 : 0o644);
  const again = await home.open();
  assertPrivate(home.stateDir);
  await again.close();
});

test('a store that is full of rewritten records stays small', async (t) => {
  const home = new EmbeddedHome(t);
  const store = await home.open();
  const value = 'v'.repeat(300);
  for (let round = 0; round < 200; round += 1) {
    const commits = Array.from({ length: 50 }, (_, index) => {
      const revision = 1 + round * 50 + index;
      return store.commit(commitOf('boot', { [`k${revision % 100}`]: value }, revision));
    });
    await Promise.all(commits);
    if (round % 10 === 9) await store.compact(round * 50);
  }
  const { size } = statSync(join(home.stateDir, 'boot', 'this-boot', 'data.mdb'));
  assert.ok(size < 6e6, `${size} bytes for 100 records and 500 events`);
  await store.close();
});

function tree(folder: string): [path: string, isFolder: boolean][] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.map((entry) => [join(entry.parentPath, entry.name), entry.isDirectory()]);
}

function assertPrivate(folder: string): void {
  for (const [path, isFolder] of tree(folder)) {
    assert.equal(statSync(path).mode & 0o777, isFolder ? 0o700 : 0o600, path);
  }
}
