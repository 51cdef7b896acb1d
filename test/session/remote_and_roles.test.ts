import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { SessionState } from '@tenure/client/gen/tenure/session/v1/session';
import { StreamOutputRequest } from '@tenure/client/gen/tenure/session/v1/session_service';
import type { FoundSession } from '../../src/session/agent_program.js';
import { SESSION_VARIABLE } from '../../src/session/marked_processes.js';
import { processAdapter } from '../../src/session/process_adapter.js';
import { contextOf, isRefusal } from '../lease/room.js';
import { quickest } from '../quickest.js';
import { fakeAdapter, foundSession } from './fake_adapters.js';
import { SessionRoom } from './session_room.js';

test('a remote session that answers at once, with nothing, keeps the daemon from nothing', async (t) => {
  let asked = 0;
  const gateway = {
    ...fakeAdapter('gateway', async () => [foundSession({ nativeId: 'n1' })]),
    remote: {
      stop: () => Promise.resolve(),
      send: () => Promise.resolve(),
      output: (_id: string, offset: number) => {
        asked += 1;
        return Promise.resolve({ offset, bytes: new Uint8Array(), ended: false });
      },
    },
  };
  const room = await SessionRoom.open(t, { adapters: [gateway] });
  const closing = new AbortController();
  const out = { write: () => true, drained: () => Promise.resolve(), buffered: 0, closed: closing.signal };
  const request = { ...StreamOutputRequest.decode(new Uint8Array()), sessionId: 'gateway:n1', follow: true };
  const context = { ...contextOf(process.pid), signal: closing.signal };
  const over = room.sessions.handlers.streamOutput.run(request, context, out);
  for (let lists = 0; lists < 10; lists += 1) await room.list();
  closing.abort();
  await over;
  assert.ok(asked < 50, `asked ${asked} times`);
});

test('who waits for a found session hears of its end when its adapter no longer tells of it, and not when that fails', async (t) => {
  let answer = async (): Promise<FoundSession[]> => [foundSession({ nativeId: 'n1' })];
  let failures = 0;
  const room = await SessionRoom.open(t, { adapters: [fakeAdapter('agent', () => answer())] });
  const waiting = room.wait('agent:n1');
  await room.list();
  answer = async () => {
    failures += 1;
    if (failures === 2) answer = async () => [];
    throw new Error('the disk is away');
  };
  assert.equal((await waiting).state, SessionState.ENDED);
  assert.equal(failures, 2);
});

test('an adapter that hangs holds up no input and no output of what another one runs', async (t) => {
  const hangs = fakeAdapter('hangs', () => new Promise(() => undefined));
  const room = await SessionRoom.open(t, { adapters: [processAdapter(), hangs] });
  const talk = async (): Promise<void> => {
    const { sessionId } = await room.sh('cat', { keepStdin: true, force: true });
    const input = { sessionId, input: Buffer.from('hello\n'), close: true };
    await room.sessions.handlers.sendInput.run(input, contextOf(process.pid));
    const out = {
      write: () => true,
      drained: () => Promise.resolve(),
      buffered: 0,
      closed: new AbortController().signal,
    };
    const request = { ...StreamOutputRequest.decode(new Uint8Array()), sessionId, follow: true };
    await room.sessions.handlers.streamOutput.run(request, contextOf(process.pid), out);
  };
  // An adapter has 5 s.
  assert.ok((await quickest(talk, 4_900)) < 4_900);
});

test('what a process of another user says of itself puts it in charge of nothing', async (t) => {
  const room = await SessionRoom.open(t);
  const parent = await room.sh('sleep 600', { force: true });
  const child = await room.sh('sleep 600', { force: true, parentSessionId: parent.sessionId });
  for (const claim of [parent.sessionId, '']) {
    const claimant = spawn('sleep', ['600'], { env: { [SESSION_VARIABLE]: claim, PATH: process.env['PATH'] } });
    t.after(() => claimant.kill('SIGKILL'));
    await once(claimant, 'spawn');
    const { peer, signal } = contextOf(claimant.pid ?? 0, 'client');
    const stop = (sessionId: string, uid: number) =>
      room.sessions.handlers.stopSession.run(
        { sessionId, grace: undefined, reason: '' },
        { peer: { ...peer, uid }, signal },
      );
    await assert.rejects(async () => stop(child.sessionId, peer.uid + 1), isRefusal('ROLE_DENIED'));
    await assert.rejects(async () => stop(parent.sessionId, peer.uid), isRefusal('ROLE_DENIED'));
  }
});
