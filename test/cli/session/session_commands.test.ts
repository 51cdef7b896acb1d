import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AdapterReport,
  type Session,
  type SessionEvent,
  SessionEventType,
  SessionOutcome,
  SessionState,
} from '@tenure/client';
import { SessionDesk, session } from './session_desk.js';

const A = 's4k2q7e3mzq5a';
const B = 'szzzzzzzzzzzz';
const FOUND = 'claude-code:4d03fcc4-f031-4e9e';
const NOTHING = new Uint8Array(0);

const began = Math.floor(Date.now() / 1_000);

/** As many seconds before this test began. */
function ago(seconds: number): NonNullable<Session['startTime']> {
  return { seconds: BigInt(began - seconds), nanos: 0 };
}

function report(adapter: string, fields: Partial<AdapterReport> = {}): AdapterReport {
  return { ...AdapterReport.decode(NOTHING), adapter, ok: true, ...fields };
}

const agent = session(FOUND, {
  adapter: 'claude-code',
  nativeId: '4d03fcc4-f031-4e9e',
  state: SessionState.WAITING,
  launched: false,
  prompt: 'mend the\u001b flaky test',
  model: 'opus',
  startTime: ago(3_723),
  usage: { inputTokens: 12_000n, outputTokens: 345n, costUsd: 0.417 },
});
const command = session(A, { directory: '/srv', startTime: ago(7_330), stale: true });
const over = session(B, {
  state: SessionState.ENDED,
  outcome: SessionOutcome.FAILURE,
  exitCode: 7,
  startTime: ago(3_660),
  endTime: ago(3_560),
});

test('list is a row a session, and a line for every adapter that failed, with exit code 0', async (context) => {
  const desk = await SessionDesk.open(context);
  const adapters = [report('claude-code'), report('codex', { ok: false, error: 'no answer within 5 s' })];
  desk.answers['listSessions'] = ({ ended }: { ended: boolean }) => ({
    sessions: ended ? [agent, command, over] : [agent, command],
    adapters,
  });
  const { code, stdout, stderr } = await desk.run(['session', 'list']);
  assert.deepEqual([code, stderr], [0, '']);
  const lines = stdout.split('\n').map((line) => line.split(/ {2,}/));
  assert.deepEqual(lines, [
    ['ID', 'AGE', 'STATE', 'ADAPTER', 'DIRECTORY', 'MODEL', 'TOKENS', 'COST', 'PROMPT'],
    ['4d03fcc4', '1h 2m', 'waiting', 'claude-code', '~/repo', 'opus', '12.3k', '$0.42', 'mend the\\x1b flaky test'],
    ['s4k2q', '2h 2m', 'running, stale', 'process', '/srv', 'sh'],
    ['codex did not answer: no answer within 5 s'],
    [''],
  ]);
  const ended = await desk.run([
    'session',
    'list',
    '--ended',
    '--group',
    'g',
    '-a',
    'process',
    '-s',
    'ended',
    '-C',
    'x',
  ]);
  assert.match(ended.stdout, /\nszzzz +1h 1m +failure 7 +process/);
  const [, , filtered] = desk.requestsOf('listSessions');
  assert.deepEqual(filtered, {
    filter: {
      adapters: ['process'],
      states: [SessionState.ENDED],
      group: 'g',
      directory: `${desk.world.folder}/x`,
      launchedOnly: false,
    },
    ended: true,
  });
});

test('columns without content are left out; without sessions there is a word', async (context) => {
  const desk = await SessionDesk.open(context);
  desk.answers['listSessions'] = { sessions: [command], adapters: [] };
  assert.match((await desk.run(['session', 'list'])).stdout, /^ID +AGE +STATE +ADAPTER +DIRECTORY +PROMPT\n/);
  desk.answers['listSessions'] = { sessions: [], adapters: [report('pi', { ok: false, error: 'garbage' })] };
  assert.equal((await desk.run(['session', 'list'])).stdout, 'no sessions\npi did not answer: garbage\n');
});

test('list --json has sessions and adapters', async (context) => {
  const desk = await SessionDesk.open(context);
  desk.answers['listSessions'] = {
    sessions: [agent, over],
    adapters: [report('codex', { ok: false, error: 'slow', latency: { seconds: 5n, nanos: 0 } })],
  };
  const { sessions, adapters } = JSON.parse((await desk.run(['session', 'list', '-s', 'ended', '--json'])).stdout);
  assert.deepEqual(sessions[0].usage, { inputTokens: '12000', outputTokens: '345', costUsd: 0.417 });
  assert.deepEqual([sessions[0].sessionId, sessions[0].state, sessions[0].outcome], [FOUND, 'waiting', undefined]);
  assert.deepEqual([sessions[1].outcome, sessions[1].exitCode], ['failure', 7]);
  assert.deepEqual(adapters, [
    { adapter: 'codex', available: false, ok: false, error: 'slow', sessions: 0, latency: '5s' },
  ]);
  // Whoever asks for the ended ones by their state gets them.
  assert.deepEqual(
    desk.requestsOf('listSessions').map(({ ended }) => ended),
    [true],
  );
});

test('adapters shows how each did', async (context) => {
  const desk = await SessionDesk.open(context);
  const latency = { seconds: 0n, nanos: 12_000_000 };
  desk.answers['listAdapters'] = {
    adapters: [report('codex', { ok: false, error: 'slow' }), report('pi', { available: true, sessions: 3, latency })],
  };
  const lines = (await desk.run(['session', 'adapters'])).stdout.split('\n').map((line) => line.split(/ {2,}/));
  assert.deepEqual(lines.slice(0, 3), [
    ['ADAPTER', 'AVAILABLE', 'SESSIONS', 'LATENCY', 'ERROR'],
    ['codex', 'no', '0', 'slow'],
    ['pi', 'yes', '3', '12ms'],
  ]);
});

test('status shows all that is known, and nothing that could drive a terminal', async (context) => {
  const desk = await SessionDesk.open(context);
  const stop = { by: 'client', uid: 1000, pid: 77, reason: 'wrong branch', time: ago(1) };
  const hooks = [{ hook: 'on-complete', success: false, detail: 'exit code 1', attempts: 1, time: ago(2) }];
  const worktree = { path: '/home/me/repo-fix', branch: 'fix', repository: '/home/me/repo' };
  const limits = { timeout: { seconds: 1800n, nanos: 0 }, stall: undefined, stopOnStall: false, outputBytes: 9n };
  const labels = new Map([['k', 'v\u001b[2J']]);
  desk.answers['getSession'] = { session: { ...over, stop, hooks, worktree, limits, labels, stale: true } };
  const { code, stdout } = await desk.run(['session', 'status', 'szz']);
  assert.equal(code, 0);
  assert.equal(desk.requestsOf('getSession')[0]?.['sessionId'], 'szz');
  for (const line of [
    /^session +szzzzzzzzzzzz$/m,
    /^state +failure 7, stale$/m,
    /^ran +1m 40s$/m,
    /^stopped by +pid 77, uid 1000: wrong branch$/m,
    /^limits +timeout 30m; the last 9 bytes of each stream$/m,
    /^worktree +~\/repo-fix, branch fix$/m,
    /^label +k=v\\x1b\[2J$/m,
    /^on-complete +failed, exit code 1, \d+s ago$/m,
    /^process did not answer; this is what was known at the launch$/m,
  ]) {
    assert.match(stdout, line);
  }
  const json = JSON.parse((await desk.run(['session', 'status', 'szz', '--json'])).stdout);
  assert.deepEqual(json.session.worktree, worktree);
  assert.deepEqual(json.session.limits, { timeout: '1800s', stopOnStall: false, outputBytes: '9' });
});

test('reasons of sessions come with what to do, and the documented exit codes', async (context) => {
  const desk = await SessionDesk.open(context);
  for (const [reason, code, hint] of [
    ['SESSION_NOT_FOUND', 66, /tenure session list/],
    ['SESSION_AMBIGUOUS', 64, /more of the id/],
    ['SESSION_ENDED', 64, /tenure session resume/],
    ['NOT_SUPPORTED', 64, /tenure session status/],
    ['ADAPTER_UNAVAILABLE', 69, /tenure session adapters/],
    ['FUSE_NOT_FOUND', 66, /tenure fuse list/],
  ] as const) {
    desk.answers['getSession'] = reason;
    const ended = await desk.run(['session', 'status', 'x', '--json']);
    const { error } = JSON.parse(ended.stdout);
    assert.deepEqual([ended.code, error.reason], [code, reason]);
    assert.match(error.hint, hint);
  }
});

test('wait ends as the session did; 75 where its time ran out', async (context) => {
  const desk = await SessionDesk.open(context);
  desk.answers['getSession'] = { session: over };
  desk.answers['waitSession'] = { session: over };
  const ended = await desk.run(['session', 'wait', 'szz', '--timeout', '1m']);
  assert.deepEqual([ended.code, ended.stdout], [7, `${B}: failure 7\n`]);
  const [request] = desk.requestsOf('waitSession');
  // By the whole id, whatever begins like it later.
  assert.equal(request?.['sessionId'], B);
  desk.answers['waitSession'] = { session: command };
  const late = await desk.run(['session', 'wait', 's4', '--timeout', '1ms']);
  assert.deepEqual([late.code, late.stdout], [75, '']);
  assert.match(late.stderr, /the wait ran out; session s4k2q7e3mzq5a is running/);
});

test('stop takes several, and a group; one that fails stops none of the others', async (context) => {
  const desk = await SessionDesk.open(context);
  desk.answers['stopSession'] = ({ sessionId }: { sessionId: string }) =>
    sessionId === 'missing'
      ? 'SESSION_NOT_FOUND'
      : { session: session(sessionId, { ...over, sessionId }), endedProcesses: 2 };
  desk.answers['listSessions'] = { sessions: [session(A, { group: 'g' })], adapters: [] };
  const several = await desk.run(['session', 'stop', 'missing', B, '--group', 'g', '--grace', '1m', '--reason', 'why']);
  assert.equal(several.code, 1);
  assert.equal(several.stdout, `${B}: failure 7, 2 processes ended\n${A}: failure 7, 2 processes ended\n`);
  assert.match(several.stderr, /^tenure: missing: /);
  assert.deepEqual(desk.requestsOf('stopSession')[2], {
    sessionId: A,
    grace: { seconds: 60n, nanos: 0 },
    reason: 'why',
  });
  const json = JSON.parse((await desk.run(['session', 'stop', 'missing', B, '--json'])).stdout);
  assert.deepEqual([json.stopped.length, json.failures[0].reason], [1, 'SESSION_NOT_FOUND']);
  assert.equal((await desk.run(['session', 'stop', 'missing'])).code, 66);
  assert.equal((await desk.run(['session', 'stop'])).code, 64);
  desk.answers['stopSession'] = { session: session('gw:1', { ...over, launched: false }), endedProcesses: 0 };
  assert.doesNotMatch((await desk.run(['session', 'stop', 'gw:1'])).stdout, /ran/, 'a gateway has stopped it');
  desk.answers['listSessions'] = { sessions: [], adapters: [] };
  assert.equal((await desk.run(['session', 'stop', '-g', 'g'])).stdout, 'no session of that group runs\n');
});

test('send writes a line, or standard input in pieces that fit, and closes', async (context) => {
  const desk = await SessionDesk.open(context);
  desk.answers['getSession'] = { session: command };
  desk.answers['sendInput'] = {};
  const sent = () =>
    desk.requestsOf('sendInput').map(({ input, close }) => [Buffer.from(input as Uint8Array).toString(), close]);
  assert.deepEqual((await desk.run(['session', 'send', 's4', 'yes', 'please'])).stdout, '');
  await desk.run(['session', 'send', 's4', '-n', 'no line']);
  await desk.run(['session', 'send', 's4', '--close'], { input: 'in' });
  assert.deepEqual(sent(), [
    ['yes please\n', false],
    ['no line', false],
    ['in', false],
    ['', true],
  ]);
  desk.daemon.sessions.received.length = 0;
  const large = 'x'.repeat(200_000);
  const json = await desk.run(['session', 'send', 's4', '--json'], { input: large });
  assert.deepEqual(JSON.parse(json.stdout), { sentBytes: 200_000, closed: false });
  const pieces = sent().map(([text]) => String(text));
  assert.ok(pieces.every((piece) => piece.length <= 65_536));
  assert.equal(pieces.join(''), large);
});

test('prune says how many, and which stay', async (context) => {
  const desk = await SessionDesk.open(context);
  desk.answers['pruneSessions'] = { pruned: 1, keptSessionIds: [] };
  assert.equal((await desk.run(['session', 'prune'])).stdout, '1 session forgotten\n');
  desk.answers['pruneSessions'] = { pruned: 12, keptSessionIds: [A, B] };
  const since = await desk.run(['session', 'prune', '--before', '1d', '--group', 'g']);
  assert.equal(since.stdout, '12 sessions forgotten\n');
  assert.match(since.stderr, new RegExp(`^tenure: 2 have ended and stay, .*: ${A} ${B}\n.*tenure session stop`));
  assert.equal(since.code, 0);
  const json = await desk.run(['session', 'prune', '--json']);
  assert.deepEqual(JSON.parse(json.stdout), { pruned: 12, keptSessionIds: [A, B] });
  const [all, some] = desk.requestsOf('pruneSessions');
  assert.deepEqual(all, { before: undefined, group: '' });
  assert.equal(some?.['group'], 'g');
  const { seconds = 0n } = Object(some?.['before']);
  assert.ok(Math.abs(Number(seconds) - (Date.now() / 1_000 - 86_400)) < 60);
});

test('logs sends each stream to its own descriptor; a tail is lines or bytes', async (context) => {
  const desk = await SessionDesk.open(context);
  desk.answers['getSession'] = { session: command };
  desk.prints('1\n2\n3\n', 'a\nb\n');
  const logs = async (...args: string[]) => {
    const { code, stdout, stderr } = await desk.run(['session', 'logs', 's4', ...args]);
    assert.equal(code, 0, stderr);
    return [stdout, stderr];
  };
  assert.deepEqual(await logs(), ['1\n2\n3\n', 'a\nb\n']);
  assert.deepEqual(await logs('--tail', '1'), ['3\n', 'b\n']);
  assert.deepEqual(await logs('--tail', '3B', '-f'), ['\n3\n', '\nb\n']);
  assert.deepEqual(await logs('--stdout'), ['1\n2\n3\n', '']);
  assert.deepEqual(await logs('--stderr', '--tail', '0'), ['', '']);
  const [json] = await logs('--json', '--tail', '2');
  assert.deepEqual(
    json
      ?.trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
    [
      { stream: 'stdout', offset: '2', text: '2\n3\n' },
      { stream: 'stderr', offset: '0', text: 'a\nb\n' },
    ],
  );
  assert.equal((await desk.run(['session', 'logs', 's4', '--tail', '3MB'])).code, 64);
  assert.equal((await desk.run(['session', 'logs', 's4', '--stdout', '--stderr'])).code, 64);
});

test('output that is no text comes out byte for byte', async (context) => {
  const desk = await SessionDesk.open(context);
  desk.answers['getSession'] = { session: command };
  desk.daemon.sessions.onOutput = (call) => {
    call.write({ stream: 1, offset: 0n, chunk: Buffer.from([0xff, 0x00, 0x1b]) });
    call.end();
  };
  const piped = desk.world.start('sh', ['-c', 'tenure session logs s4 | od -An -v -tx1']);
  assert.equal((await piped.ended).stdout.replaceAll(/\s/g, ''), 'ff001b');
});

test('watch tells what a stop is still ending from what a session has left behind', async (context) => {
  const desk = await SessionDesk.open(context);
  const { SYNCED, ENDED, CHANGED } = SessionEventType;
  const ended = (outcome: SessionOutcome) => ({ ...over, outcome, leftProcesses: 2 });
  const stop = { by: 'client', uid: 7, pid: 812, reason: 'wrong branch', time: undefined };
  desk.daemon.sessions.onWatch = (call) => {
    const event = (type: SessionEvent['type'], one?: Session): SessionEvent => ({ type, revision: 5n, session: one });
    const stopped = { ...ended(SessionOutcome.CANCELLED), stop };
    call.write({
      events: [
        event(SYNCED),
        event(ENDED, stopped),
        event(ENDED, ended(SessionOutcome.SUCCESS)),
        event(ENDED, { ...ended(SessionOutcome.SUCCESS), stop }),
        event(CHANGED, stopped),
      ],
    });
  };
  const watch = desk.world.tenure(['session', 'watch']);
  await watch.line(/ ended .* cancelled, 2 processes still ending {2}/);
  await watch.line(/ ended .* success, 2 processes left {2}/);
  await watch.line(/ ended .* success \(stopped by pid 812, uid 7: wrong branch\), 2 processes still ending {2}/);
  await watch.line(/ changed .* cancelled, 2 processes left {2}/);
  watch.kill('SIGTERM');
  await watch.ended;
});

test('watch shows what is there and what becomes of it, a line an event', async (context) => {
  const desk = await SessionDesk.open(context);
  const { SNAPSHOT, SYNCED, ENDED } = SessionEventType;
  desk.daemon.sessions.onWatch = (call) => {
    const event = (type: SessionEvent['type'], one?: Session): SessionEvent => ({ type, revision: 5n, session: one });
    call.write({
      events: [event(SNAPSHOT, over), event(SNAPSHOT, agent), event(SYNCED), { ...event(ENDED, over), revision: 6n }],
    });
  };
  const watch = desk.world.tenure(['session', 'watch', '--group', 'g', '-a', 'process']);
  await watch.line(
    /^\d\d:\d\d:\d\d {2}snapshot {2}claude-code:4d03fcc4-f031-4e9e {2}claude-code {2}waiting {2}~\/repo/,
  );
  await watch.line(/^\d\d:\d\d:\d\d {2}synced {4}revision 5$/);
  await watch.line(/^\d\d:\d\d:\d\d {2}ended {5}szzzzzzzzzzzz {2}process {2}failure 7/);
  watch.kill('SIGTERM');
  // What was over before is no news.
  assert.equal((await watch.ended).stdout.split(B).length, 2);
  const all = desk.world.tenure(['session', 'watch', '--ended']);
  await all.line(/ snapshot {2}szzzzzzzzzzzz /);
  all.kill('SIGTERM');
  await all.ended;
  const filter = desk.daemon.sessions.watches[0]?.request.filter;
  assert.deepEqual([filter?.group, filter?.adapters], ['g', ['process']]);
  const json = desk.world.tenure(['session', 'watch', '--after', '5', '--json']);
  const { type, revision, session: shown } = JSON.parse(await json.line(/"ended"/));
  assert.deepEqual([type, revision, shown.sessionId], ['ended', '6', B]);
  assert.equal(desk.daemon.sessions.watches[2]?.request.afterRevision, 5n);
  json.kill('SIGTERM');
  await json.ended;
});
