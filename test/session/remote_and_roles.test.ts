import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { type Session, SessionState } from '@tenure/client/gen/tenure/session/v1/session';
import {
  ResumeSessionRequest,
  StreamOutputRequest,
  StreamOutputResponse,
} from '@tenure/client/gen/tenure/session/v1/session_service';
import type { FoundSession } from '../../src/session/agents/agent_program.js';
import { processAdapter } from '../../src/session/process_adapter.js';
import { SESSION_VARIABLE } from '../../src/session/stopping/marked_processes.js';
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

test('the tail of a remote session is the end of what it has printed until now, however it is cut into pieces', async (t) => {
  const text = 'gw-1 is here\n> hi\n';
  const gateway = {
    ...fakeAdapter('gateway', async () => [foundSession({ nativeId: 'n1' })]),
    remote: {
      stop: () => Promise.resolve(),
      send: () => Promise.resolve(),
      output: (_id: string, offset: number) =>
        Promise.resolve({ offset, bytes: Buffer.from(text.slice(offset, offset + 5)), ended: false }),
    },
  };
  const room = await SessionRoom.open(t, { adapters: [gateway] });
  for (const tail of [3, 17, 500]) {
    const chunks: string[] = [];
    const out = {
      write: (message: StreamOutputResponse | Uint8Array) => {
        const { chunk } = message instanceof Uint8Array ? StreamOutputResponse.decode(message) : message;
        return chunks.push(chunk.toString()) > 0;
      },
      drained: () => Promise.resolve(),
      buffered: 0,
      closed: new AbortController().signal,
    };
    const request = {
      ...StreamOutputRequest.decode(new Uint8Array()),
      sessionId: 'gateway:n1',
      tailBytes: BigInt(tail),
    };
    await room.sessions.handlers.streamOutput.run(request, contextOf(process.pid), out);
    assert.equal(chunks.join(''), text.slice(-tail));
  }
});

test('a command can only be launched anew, and says so; nothing is resumed of an agent that never told its id', async (t) => {
  const silent = fakeAdapter('silent');
  const room = await SessionRoom.open(t, { adapters: [processAdapter(), silent] });
  const command = await room.wait((await room.sh('exit 0')).sessionId);
  const agent = await room.wait((await room.sh('', { adapter: 'silent', command: [], prompt: 'exit 0' })).sessionId);
  const resume = ({ sessionId }: Session) =>
    room.sessions.handlers.resumeSession.run(
      { ...ResumeSessionRequest.decode(new Uint8Array()), sessionId },
      contextOf(process.pid),
    );
  await assert.rejects(async () => resume(command), /sessions of process can't be resumed; launch a new one/);
  await assert.rejects(async () => resume(agent), /never told its own id/);
});

test('a resumption that is asked for again, for its answer was lost, is one session, whatever named the one before', async (t) => {
  const planResume = () => ({ argv: ['sleep', '600'], environment: {}, input: undefined }) as const;
  const agent = { ...fakeAdapter('agent'), nativeIdOf: () => 'native-1', planResume };
  const room = await SessionRoom.open(t, { adapters: [agent] });
  const first = await room.wait((await room.sh('', { adapter: 'agent', command: [], prompt: 'echo hi' })).sessionId);
  assert.equal(first.nativeId, 'native-1');
  const resume = async (more: Partial<ResumeSessionRequest> = {}) =>
    room.sessions.handlers.resumeSession.run(
      { ...ResumeSessionRequest.decode(new Uint8Array()), sessionId: 'native-1', requestId: 'r1', ...more },
      contextOf(process.pid),
    );
  const ids = new Set<string>();
  for (const answer of [...(await Promise.all([resume(), resume()])), await resume()]) {
    const { outcome } = answer;
    assert.ok(outcome?.$case === 'launched', outcome?.$case);
    ids.add(outcome.value.sessionId);
  }
  assert.equal(ids.size, 1);
  assert.ok(!ids.has(first.sessionId));
  await assert.rejects(resume({ prompt: 'something else' }), isRefusal('REQUEST_ID_REUSED'));
});

test('nothing is said of fuses before those of earlier runs are taken up, nor is one set', async (t) => {
  const before = await SessionRoom.open(t);
  const { handlers } = before.sessions;
  const { peer } = contextOf(process.pid);
  const action = { action: { $case: 'event', value: 'fuse.late' } } as const;
  const wish = { sessionId: '', directory: '', action, after: { seconds: 600n, nanos: 0 }, label: '' };
  const { fuse } = await handlers.setFuse.run(wish, contextOf(process.pid));
  await before.close();
  const room = await SessionRoom.open(t, { before, started: false });
  const context = { ...contextOf(process.pid), peer };
  const fuseId = fuse?.fuseId ?? '';
  const early = [
    () => room.sessions.handlers.listFuses.run({ sessionId: '', directory: '' }, context),
    () => room.sessions.handlers.extendFuse.run({ fuseId, after: { seconds: 900n, nanos: 0 } }, context),
    () => room.sessions.handlers.cancelFuse.run({ fuseId }, context),
    () => room.sessions.handlers.setFuse.run(wish, context),
  ];
  for (const call of early) await assert.rejects(async () => call(), isRefusal('RECONCILING'));
  await room.sessions.start();
  const { fuses } = await room.sessions.handlers.listFuses.run({ sessionId: '', directory: '' }, context);
  assert.deepEqual(
    fuses.map((one) => one.fuseId),
    [fuseId],
  );
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

test('an adapter that hangs is not asked for what another one is to show, by its whole id, be it launched or found', async (t) => {
  let asked = 0;
  const hangs = fakeAdapter('hangs', () => {
    asked += 1;
    return new Promise(() => undefined);
  });
  const gateway = fakeAdapter('gateway', async () => [foundSession({ nativeId: 'n1' })]);
  const room = await SessionRoom.open(t, { adapters: [processAdapter(), gateway, hangs] });
  const { sessionId } = await room.sh('exec sleep 600');
  assert.equal((await room.get(sessionId)).state, SessionState.RUNNING);
  assert.equal((await room.get('gateway:n1')).state, SessionState.RUNNING);
  const request = { sessionId, grace: undefined, reason: '' };
  const { session } = await room.sessions.handlers.stopSession.run(request, contextOf(process.pid));
  assert.equal(session?.state, SessionState.ENDED);
  assert.equal((await room.wait(sessionId)).state, SessionState.ENDED);
  assert.equal(asked, 0);
});

test('a stop answers what its adapter says after it, and not what that was just being asked before', async (t) => {
  let running = true;
  let release: () => void = () => undefined;
  const said = new Promise<void>((resolve) => {
    release = resolve;
  });
  let asked = 0;
  const gateway = {
    ...fakeAdapter('gateway', async () => {
      asked += 1;
      const found = running ? [foundSession({ nativeId: 'n1' })] : [];
      if (asked === 1) await said;
      return found;
    }),
    remote: {
      stop: () => {
        running = false;
        return Promise.resolve();
      },
      send: () => Promise.resolve(),
      output: () => Promise.reject(new Error('nobody asks for it')),
    },
  };
  const room = await SessionRoom.open(t, { adapters: [gateway] });
  const listed = room.list();
  const request = { sessionId: 'gateway:n1', grace: undefined, reason: '' };
  const { session } = await room.sessions.handlers.stopSession.run(request, contextOf(process.pid));
  assert.equal(session?.state, SessionState.ENDED);
  release();
  await listed;
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
