import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { type Client, durationFromMillis, durationToMillis, TenureError } from '@tenure/client';
import {
  type LaunchSessionRequest,
  LaunchSessionResponse,
  type WaitSessionRequest,
} from '@tenure/client/gen/tenure/session/v1/session_service';
import { FakeDaemon, refusal } from './fake_daemon.js';
import { until } from './until.js';

const NOTHING = new Uint8Array(0);
const LAUNCHED = LaunchSessionResponse.decode(NOTHING);
const FILTER = { adapters: [], states: [], group: 'g', directory: '', launchedOnly: false };

async function errorOf(deed: Promise<unknown>): Promise<TenureError> {
  const error = await deed.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof TenureError, `${error}`);
  return error;
}

test('fields left out are sent as their defaults, those of limits, worktree and filter too', async (context) => {
  const daemon = await FakeDaemon.start(context);
  daemon.sessions.run = ({ method }, answer) =>
    answer(null, method === 'launchSession' ? LAUNCHED : { sessions: [], adapters: [] });
  const client = await daemon.client();
  await client.sessions.launchSession({
    command: ['true'],
    directory: '/tmp',
    environment: new Map([['A', 'b']]),
    limits: { stopOnStall: true, stall: undefined },
    worktree: { base: 'main' },
    requestId: 'r',
  });
  await client.sessions.listSessions({ filter: { group: 'g' }, ended: true });
  await client.sessions.listSessions();
  assert.deepEqual(
    daemon.sessions.received.map(({ request }) => request),
    [
      {
        adapter: '',
        command: ['true'],
        prompt: '',
        model: '',
        directory: '/tmp',
        environment: new Map([['A', 'b']]),
        limits: { timeout: undefined, stall: undefined, stopOnStall: true, outputBytes: 0n },
        group: '',
        labels: new Map(),
        worktree: { branch: '', base: 'main' },
        inheritTokens: [],
        force: false,
        keepStdin: false,
        onCreate: '',
        onComplete: '',
        webhook: '',
        requestId: 'r',
        parentSessionId: '',
        agent: '',
        repo: '',
        work: undefined,
      },
      { filter: FILTER, ended: true },
      { filter: undefined, ended: false },
    ],
  );
});

for (const method of ['launchSession', 'resumeSession'] as const) {
  test(`${method} that breaks is made again with the same request id`, async (context) => {
    const daemon = await FakeDaemon.start(context);
    daemon.sessions.run = (_, answer) => {
      if (daemon.sessions.received.length === 1) daemon.breakConnections();
      else answer(null, LAUNCHED);
    };
    const { sessions } = await daemon.client();
    const call = () =>
      method === 'launchSession'
        ? sessions.launchSession({ command: ['true'], directory: '/' })
        : sessions.resumeSession({ sessionId: 's1' });
    await call();
    await call();
    const [first, again, other] = daemon.sessions.received.map(({ request }) => requestIdOf(request));
    assert.match(first ?? '', /./);
    assert.equal(again, first);
    assert.notEqual(other, first);
  });
}

function requestIdOf(request: unknown): string {
  return (request as LaunchSessionRequest).requestId;
}

/** Calls that may be made any number of times. */
const HARMLESS: Readonly<Record<string, (client: Client) => Promise<unknown>>> = {
  getSession: ({ sessions }) => sessions.getSession({ sessionId: 's1' }),
  listSessions: ({ sessions }) => sessions.listSessions(),
  waitSession: ({ sessions }) => sessions.waitSession({ sessionId: 's1' }),
  stopSession: ({ sessions }) => sessions.stopSession({ sessionId: 's1' }),
  pruneSessions: ({ sessions }) => sessions.pruneSessions(),
  listAgents: ({ sessions }) => sessions.listAgents(),
  listAdapters: ({ sessions }) => sessions.listAdapters(),
  extendFuse: ({ sessions }) => sessions.extendFuse({ fuseId: 'f1', after: durationFromMillis(1_000) }),
  cancelFuse: ({ sessions }) => sessions.cancelFuse({ fuseId: 'f1' }),
  listFuses: ({ sessions }) => sessions.listFuses(),
};

/** Any answer will do: one of another method has fields that its encoder leaves out. */
const EMPTY = {
  session: undefined,
  sessions: [],
  agents: [],
  adapters: [],
  fuses: [],
  pruned: 0,
  keptSessionIds: [],
  endedProcesses: 0,
};

for (const [method, call] of Object.entries(HARMLESS)) {
  test(`${method} is made again after a break, and while sessions are being taken up`, async (context) => {
    const daemon = await FakeDaemon.start(context);
    daemon.sessions.run = (_, answer) => {
      if (daemon.sessions.received.length === 1) daemon.breakConnections();
      else if (daemon.sessions.received.length === 2) answer(refusal(status.UNAVAILABLE, 'RECONCILING'));
      else answer(null, EMPTY);
    };
    await call(await daemon.client());
    assert.deepEqual(
      daemon.sessions.received.map((one) => one.method),
      [method, method, method],
    );
  });
}

const ONCE: Readonly<Record<string, readonly [(client: Client) => Promise<unknown>, RegExp]>> = {
  sendInput: [
    ({ sessions }) => sessions.sendInput({ sessionId: 's1', input: Buffer.from('x') }),
    /tenure session logs/,
  ],
  setFuse: [({ sessions }) => sessions.setFuse({ after: durationFromMillis(1_000) }), /tenure fuse list/],
};

for (const [method, [call, message]] of Object.entries(ONCE)) {
  test(`${method} is not made again after a break; the error says where to look`, async (context) => {
    const daemon = await FakeDaemon.start(context);
    daemon.sessions.run = () => daemon.breakConnections();
    const error = await errorOf(call(await daemon.client()));
    assert.equal(error.reason, 'UNREACHABLE');
    assert.match(error.message, message);
    assert.deepEqual(error.metadata, { maybe_done: 'true' });
    assert.equal(daemon.sessions.received.length, 1);
  });
}

for (const [method, [call]] of Object.entries(ONCE)) {
  test(`${method} is made again while sessions are being taken up, for nothing of it was done`, async (context) => {
    const daemon = await FakeDaemon.start(context);
    daemon.sessions.run = (_, answer) => {
      if (daemon.sessions.received.length === 1) answer(refusal(status.UNAVAILABLE, 'RECONCILING'));
      else answer(null, EMPTY);
    };
    await call(await daemon.client());
    assert.equal(daemon.sessions.received.length, 2);
  });
}

test('waiting and stopping outlast the time limit of other calls', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const finish: (() => void)[] = [];
  daemon.sessions.run = ({ method }, answer) => {
    if (method !== 'pruneSessions') finish.push(() => answer(null, EMPTY));
  };
  const client = await daemon.client(200);
  const { sessions } = client;
  const waiting = Promise.all([sessions.waitSession({ sessionId: 's1' }), sessions.stopSession({ sessionId: 's1' })]);
  await until('both arrive', () => finish.length === 2);
  // A call that is made later and given up shows that the ordinary limit has passed.
  assert.equal((await errorOf(sessions.pruneSessions())).reason, 'UNREACHABLE');
  for (const one of finish) one();
  await waiting;
});

test('a wait that breaks waits for what is left of its time', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const timeouts: number[] = [];
  daemon.sessions.run = ({ request }, answer) => {
    const { timeout } = request as WaitSessionRequest;
    timeouts.push(timeout === undefined ? Number.NaN : durationToMillis(timeout));
    if (timeouts.length === 1) daemon.breakConnections();
    else answer(null, EMPTY);
  };
  const client = await daemon.client();
  await client.sessions.waitSession({ sessionId: 's1', timeout: durationFromMillis(3_600_000) });
  const [first = 0, second = 0] = timeouts;
  assert.ok(first <= 3_600_000 && first > 3_500_000, `${first}`);
  assert.ok(second < first && second > 3_400_000, `${second} after ${first}`);
});

test('what stays in the taking up is said as it is, in the ordinary time', async (context) => {
  const daemon = await FakeDaemon.start(context);
  daemon.sessions.run = (_, answer) => answer(refusal(status.UNAVAILABLE, 'RECONCILING'));
  const client = await daemon.client();
  const error = await errorOf(client.sessions.pruneSessions({}, { timeoutMs: 1_500 }));
  assert.equal(error.reason, 'RECONCILING');
  assert.ok(daemon.sessions.received.length > 1);
});

test('what the daemon said stands, where the time limit cuts the next try short', async (context) => {
  const daemon = await FakeDaemon.start(context);
  daemon.sessions.run = (_, answer) => {
    if (daemon.sessions.received.length === 1) answer(refusal(status.UNAVAILABLE, 'RECONCILING'));
  };
  const client = await daemon.client();
  const error = await errorOf(client.sessions.pruneSessions({}, { timeoutMs: 1_500 }));
  assert.equal(error.reason, 'RECONCILING');
  assert.equal(daemon.sessions.received.length, 2);
});
