import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { FuseAction } from '@tenure/client/gen/tenure/session/v1/session';
import { SetFuseRequest } from '@tenure/client/gen/tenure/session/v1/session_service';
import { Refusal } from '../../../src/rpc/refusal.js';
import { FuseService } from '../../../src/session/fuses/fuse_service.js';
import { FuseWorld } from './fuse_world.js';

const EXEC: FuseAction = { action: { $case: 'exec', value: 'true' } };
const STOP: FuseAction = { action: { $case: 'stopSession', value: true } };
const PEER = { uid: 1_000, process: { pid: 7, startTicks: 8 }, executable: '/bin/x', script: 'y.js' };

function seconds(count: number) {
  return { seconds: BigInt(count), nanos: 0 };
}

function request(more: Partial<SetFuseRequest> = {}): SetFuseRequest {
  return { ...SetFuseRequest.decode(new Uint8Array()), action: EXEC, after: seconds(10), ...more };
}

function room(t: TestContext, ended = false) {
  const world = new FuseWorld(t);
  const resolved: string[] = [];
  const service = new FuseService({
    fuses: world.fuses,
    resolveSession: async (wanted) => {
      resolved.push(wanted);
      if (!'sabcdefghijkl'.startsWith(wanted)) throw new Refusal('SESSION_NOT_FOUND', `there is no session ${wanted}`);
      return 'sabcdefghijkl';
    },
    hasEnded: () => ended,
  });
  return { world, service, resolved };
}

describe('a fuse that is asked for', () => {
  test('is answered as it is, lists, and is told with who asked', async (t) => {
    const { world, service } = room(t);
    const { fuse } = await service.set(
      request({ sessionId: 'sabc', directory: '/work/./a//', action: STOP, label: 'too long' }),
      PEER,
    );
    assert.deepEqual(fuse, {
      fuseId: 'fuse0001',
      sessionId: 'sabcdefghijkl',
      directory: '/work/a',
      action: STOP,
      fireTime: { seconds: 1_750_000_010n, nanos: 0 },
      setTime: { seconds: 1_750_000_000n, nanos: 0 },
      label: 'too long',
    });
    assert.deepEqual((await service.list({ sessionId: '', directory: '' })).fuses, [fuse]);
    const actor = { uid: 1_000, pid: 7, executable: '/bin/x', script: 'y.js' };
    assert.deepEqual(world.events.of('fuse.set')[0]?.actor, actor);
  });

  test('may have each of the actions', async (t) => {
    const { service } = room(t);
    const actions: FuseAction['action'][] = [
      { $case: 'exec', value: 'make clean' },
      { $case: 'webhook', value: 'https://a.example/x?y=1' },
      { $case: 'event', value: 'fuse.reminder' },
    ];
    for (const action of actions) {
      const { fuse } = await service.set(request({ action: { action } }), PEER);
      assert.deepEqual(fuse?.action?.action, action);
    }
  });

  test('takes times from 1 s to 366 days', async (t) => {
    const { service } = room(t);
    for (const after of [seconds(1), seconds(366 * 86_400)]) await service.set(request({ after }), PEER);
    for (const after of [undefined, seconds(0), { seconds: 0n, nanos: 999_000_000 }, seconds(366 * 86_400 + 1)]) {
      await assert.rejects(service.set(request({ after }), PEER), { reason: 'INVALID_FIELD', message: /^after / });
    }
    await assert.rejects(service.set(request({ after: seconds(-5) }), PEER), { reason: 'INVALID_FIELD' });
  });

  const faulty: Readonly<Record<string, readonly [string, Partial<SetFuseRequest>]>> = {
    'no action': ['action', { action: undefined }],
    'an empty action': ['action', { action: { action: undefined } }],
    'an empty command': ['action.exec', { action: { action: { $case: 'exec', value: ' ' } } }],
    'a command with a NUL': ['action.exec', { action: { action: { $case: 'exec', value: 'a\0b' } } }],
    'an endless command': ['action.exec', { action: { action: { $case: 'exec', value: 'x'.repeat(4_097) } } }],
    'a file as its address': ['action.webhook', { action: { action: { $case: 'webhook', value: 'file:///a' } } }],
    'no address': ['action.webhook', { action: { action: { $case: 'webhook', value: 'nowhere' } } }],
    'a password': ['action.webhook', { action: { action: { $case: 'webhook', value: 'http://a:hunter2@b' } } }],
    'a stop of nothing': ['session_id', { action: STOP }],
    'a stop that is none': ['action.stop_session', { action: { action: { $case: 'stopSession', value: false } } }],
    'an event of the daemon': ['action.event', { action: { action: { $case: 'event', value: 'fuse.fired' } } }],
    'an event of another room': ['action.event', { action: { action: { $case: 'event', value: 'lease.lost' } } }],
    'a relative directory': ['directory', { directory: 'work' }],
    'a long label': ['label', { label: 'x'.repeat(257) }],
    'a label of two lines': ['label', { label: 'a\nb' }],
  };
  for (const [what, [field, more]] of Object.entries(faulty)) {
    test(`with ${what} is refused by the field's name`, async (t) => {
      const { world, service } = room(t);
      await assert.rejects(service.set(request(more), PEER), (error: unknown) => {
        assert.ok(error instanceof Refusal && error.reason === 'INVALID_FIELD');
        assert.equal(error.metadata['field'], field);
        assert.doesNotMatch(error.message, /hunter2/);
        return true;
      });
      assert.deepEqual(world.all(), []);
    });
  }

  test('for a session that there is not is refused as the session is', async (t) => {
    const { world, service } = room(t);
    await assert.rejects(service.set(request({ sessionId: 'x' }), PEER), { reason: 'SESSION_NOT_FOUND' });
    assert.deepEqual(world.all(), []);
  });
});

describe('fuses that are there', () => {
  test('list by session, by directory, and by time', async (t) => {
    const { service } = room(t);
    const set = async (more: Partial<SetFuseRequest>) => (await service.set(request(more), PEER)).fuse;
    const late = await set({ sessionId: 'sabc', directory: '/a', after: seconds(20) });
    const early = await set({ sessionId: 'sabc' });
    const other = await set({ directory: '/a/b', after: seconds(5) });
    assert.deepEqual((await service.list({ sessionId: '', directory: '' })).fuses, [other, early, late]);
    assert.deepEqual((await service.list({ sessionId: 'sab', directory: '' })).fuses, [early, late]);
    assert.deepEqual((await service.list({ sessionId: '', directory: '/a/' })).fuses, [late]);
    assert.deepEqual((await service.list({ sessionId: 'sab', directory: '/a/b' })).fuses, []);
    await assert.rejects(service.list({ sessionId: 'x', directory: '' }), { reason: 'SESSION_NOT_FOUND' });
  });

  test('of a session that is forgotten list by its whole id', async (t) => {
    const { world, service, resolved } = room(t);
    const fuse = world.set({ sessionId: 'sforgottennnn' });
    const { fuses } = await service.list({ sessionId: 'sforgottennnn', directory: '' });
    assert.deepEqual([fuses.map(({ fuseId }) => fuseId), resolved], [[fuse.fuseId], []]);
  });

  test('are extended and cancelled by id', async (t) => {
    const { service } = room(t);
    const { fuse } = await service.set(request(), PEER);
    const fuseId = fuse?.fuseId ?? '';
    const extended = service.extend({ fuseId, after: seconds(100) }, PEER).fuse;
    assert.deepEqual(extended, { ...fuse, fireTime: { seconds: 1_750_000_100n, nanos: 0 } });
    assert.deepEqual(service.cancel({ fuseId }, PEER), { cancelled: extended });
    assert.deepEqual(service.cancel({ fuseId }, PEER), { cancelled: undefined });
    assert.throws(() => service.extend({ fuseId, after: seconds(5) }, PEER), { reason: 'FUSE_NOT_FOUND' });
    assert.throws(() => service.extend({ fuseId: '', after: seconds(5) }, PEER), { reason: 'INVALID_FIELD' });
    assert.throws(() => service.cancel({ fuseId: '' }, PEER), { reason: 'INVALID_FIELD' });
  });

  test('may not stop a session that has ended', async (t) => {
    const { service } = room(t, true);
    await assert.rejects(service.set(request({ sessionId: 'sabc', action: STOP }), PEER), { reason: 'SESSION_ENDED' });
    assert.notEqual((await service.set(request({ sessionId: 'sabc' }), PEER)).fuse, undefined);
  });
});
