import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { mergeSessions } from '../../../src/session/listing/merge_rules.js';
import { othersInProcess } from '../../../src/session/stopping/shared_process_rules.js';
import { foundSession } from '../fake_adapters.js';

const SERVER = { pid: 100, startTicks: 5 };

/** Sessions of one adapter as they are listed, by their ids. */
function listed(...found: readonly Parameters<typeof foundSession>[0][]) {
  const findings = [{ adapter: 'a', ok: true, found: found.map(foundSession) }];
  return mergeSessions([], findings, { ownerOf: () => undefined, lives: () => true });
}

function othersOf(nativeId: string, views: ReturnType<typeof listed>): readonly string[] {
  const view = views.find((one) => one.nativeId === nativeId);
  assert.ok(view);
  return othersInProcess(view, views).map((one) => one.nativeId);
}

describe('what runs in the process of a session', () => {
  test('is every living one of the same process, by pid and start', () => {
    const views = listed(
      { nativeId: 'one', process: SERVER },
      { nativeId: 'two', process: SERVER, state: 'idle' },
      { nativeId: 'over', process: SERVER, state: 'ended' },
      { nativeId: 'later', process: { ...SERVER, startTicks: 6 } },
      { nativeId: 'elsewhere', process: { ...SERVER, pid: 101 } },
    );
    assert.deepEqual(othersOf('one', views), ['two']);
    assert.deepEqual(othersOf('two', views), ['one']);
    assert.deepEqual(othersOf('elsewhere', views), []);
  });

  test('is no other where nobody knows the process', () => {
    assert.deepEqual(othersOf('one', listed({ nativeId: 'one' }, { nativeId: 'two' })), []);
  });

  test('is a part of it where it has started that, at any depth, but it is no part of what it has started', () => {
    const views = listed(
      { nativeId: 'root', process: SERVER },
      { nativeId: 'child', process: SERVER, parentNativeId: 'root' },
      { nativeId: 'grandchild', process: SERVER, parentNativeId: 'child' },
    );
    assert.deepEqual(othersOf('root', views), []);
    assert.deepEqual(othersOf('child', views), ['root']);
  });

  test('is found where parents run in a circle', () => {
    const views = listed(
      { nativeId: 'one', process: SERVER, parentNativeId: 'two' },
      { nativeId: 'two', process: SERVER, parentNativeId: 'one' },
      { nativeId: 'three', process: SERVER },
    );
    assert.deepEqual(othersOf('three', views), ['one', 'two']);
  });
});
