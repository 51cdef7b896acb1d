import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Lease, LeaseState, SessionOutcome, SessionState } from '@tenure/client';
import { until } from '../../e2e/until.js';
import { Terminal } from '../terminal.js';
import { SessionDesk, session } from './session_desk.js';

const ID = 's4k2q7e3mzq5a';
const launched = (fields = {}) => ({ outcome: { $case: 'launched', value: session(ID, fields) } });

test('launch sends what was asked for, with the caller’s environment, and prints the bare id', async (context) => {
  const desk = await SessionDesk.open(context);
  desk.answers['launchSession'] = launched();
  const args = ['--adapter', 'claude-code', '-m', 'opus', '-C', 'work', '--prompt', 'mend it', '-g', 'nightly'];
  const limits = ['--timeout', '30m', '--stall', '5m', '--stop-on-stall', '--output-bytes', '1MiB'];
  const rest = [
    '--label',
    'a=b',
    '--label',
    'c=d=e',
    '--worktree',
    'fix/it',
    '--base',
    'main',
    '--on-create',
    'npm ci',
  ];
  const more = ['--on-complete', 'echo', '--webhook', 'https://x.test/', '--stdin', '--force'];
  const ended = await desk.run(
    ['session', 'launch', ...args, ...limits, ...rest, ...more, '--', '--allowedTools', 'Bash'],
    {
      env: { TENURE_LEASES: 'tni_a,tni_b', TENURE_SESSION_ID: 'sother', SECRET_KEY: 'k' },
    },
  );
  assert.deepEqual([ended.code, ended.stdout, ended.stderr], [0, `${ID}\n`, '']);
  const [request] = desk.requestsOf('launchSession');
  const { environment, requestId, ...fields } = request ?? {};
  assert.ok(environment instanceof Map && environment.get('SECRET_KEY') === 'k' && environment.has('PATH'));
  assert.ok(!environment.has('TENURE_LEASES') && !environment.has('TENURE_SESSION_ID'));
  assert.match(String(requestId), /./);
  assert.deepEqual(fields, {
    adapter: 'claude-code',
    command: ['--allowedTools', 'Bash'],
    prompt: 'mend it',
    model: 'opus',
    directory: join(desk.world.folder, 'work'),
    limits: {
      timeout: { seconds: 1800n, nanos: 0 },
      stall: { seconds: 300n, nanos: 0 },
      stopOnStall: true,
      outputBytes: 1_048_576n,
    },
    group: 'nightly',
    labels: new Map([
      ['a', 'b'],
      ['c', 'd=e'],
    ]),
    worktree: { branch: 'fix/it', base: 'main' },
    inheritTokens: ['tni_a', 'tni_b'],
    force: true,
    keepStdin: true,
    onCreate: 'npm ci',
    onComplete: 'echo',
    webhook: 'https://x.test/',
    parentSessionId: '',
    agent: '',
    repo: '',
    work: undefined,
  });
});

const skip = !existsSync('/usr/bin/script') && 'needs script(1) of util-linux';

test('on a terminal a person reads where it runs, and how to follow it', { skip }, async (context) => {
  const desk = await SessionDesk.open(context);
  desk.answers['launchSession'] = launched({ adapter: 'codex', worktree: { path: '', branch: 'fix', repository: '' } });
  const terminal = new Terminal(desk.world, ['session', 'launch', '-a', 'codex'], { NO_COLOR: '1' });
  assert.equal(await terminal.end(), 0);
  const words = `launched ${ID} (codex) in ~/repo on fix\r\n  tenure session logs -f ${ID}\r\n`;
  assert.ok(terminal.output.includes(words), terminal.output);
});

test('a command is what follows the two dashes, its options are its own, and it runs here', async (context) => {
  const desk = await SessionDesk.open(context);
  desk.answers['launchSession'] = launched();
  const ended = await desk.run(['session', 'launch', '--json', '--', 'env', '--json', '-C', 'x']);
  const { outcome, session: shown } = JSON.parse(ended.stdout);
  assert.deepEqual([outcome, shown.sessionId, shown.state], ['launched', ID, 'running']);
  const [request] = desk.requestsOf('launchSession');
  assert.deepEqual(request?.['command'], ['env', '--json', '-C', 'x']);
  assert.equal(request?.['directory'], desk.world.folder);
  assert.equal(request?.['limits'], undefined);
  assert.equal(request?.['worktree'], undefined);
});

test('a prompt comes from its option, a file or standard input', async (context) => {
  const desk = await SessionDesk.open(context);
  desk.answers['launchSession'] = launched();
  desk.answers['resumeSession'] = launched();
  writeFileSync(join(desk.world.folder, 'task.md'), 'from the file\n');
  const agent = ['session', 'launch', '-a', 'pi'];
  await desk.run([...agent, '--prompt', '-'], { input: 'one\n' });
  await desk.run([...agent, '-'], { input: 'two\n' });
  await desk.run([...agent, '--file', '-'], { input: 'three\n' });
  await desk.run([...agent, '--file', 'task.md']);
  assert.deepEqual(
    desk.requestsOf('launchSession').map(({ prompt }) => prompt),
    ['one\n', 'two\n', 'three\n', 'from the file\n'],
  );
  assert.equal((await desk.run(['session', 'resume', 's4k2', '-'], { input: 'next' })).code, 0);
  const [resumed] = desk.requestsOf('resumeSession');
  assert.deepEqual([resumed?.['sessionId'], resumed?.['prompt']], ['s4k2', 'next']);
});

test('what is resumed gets the environment of this command, and what follows -- as arguments', async (context) => {
  const desk = await SessionDesk.open(context);
  desk.answers['resumeSession'] = launched();
  const env = { AGENT_KEY: 'of today' };
  const { code, stderr } = await desk.run(['session', 'resume', 's4k2', '-p', 'go', '--', '--model', 'x'], { env });
  assert.equal(code, 0, stderr);
  const [request] = desk.requestsOf('resumeSession');
  assert.deepEqual(request?.['command'], ['--model', 'x']);
  assert.ok(request?.['environment'] instanceof Map);
  assert.equal(request?.['environment'].get('AGENT_KEY'), 'of today');
});

test('what can’t be meant is refused before anything is launched', async (context) => {
  const desk = await SessionDesk.open(context);
  writeFileSync(join(desk.world.folder, 'empty'), ' \n');
  writeFileSync(join(desk.world.folder, 'bytes'), Buffer.from([0xff, 0xfe]));
  const cases: readonly [number, RegExp, ...string[]][] = [
    [64, /neither a command nor an agent/],
    [64, /'make' is too much here/, 'make'],
    [64, /--base needs --worktree/, '--base', 'main', '--', 'x'],
    [64, /--stop-on-stall needs --stall/, '--stop-on-stall', '--', 'x'],
    [64, /say what to do once/, '-a', 'pi', '--prompt', 'x', '--file', 'y'],
    [64, /no prompt came on standard input/, '-a', 'pi', '-'],
    [64, /empty is empty/, '-a', 'pi', '--file', 'empty'],
    [66, /missing can't be read: there is no such file/, '-a', 'pi', '--file', 'missing'],
    [66, /bytes can't be read: it is no UTF-8 text/, '-a', 'pi', '--file', 'bytes'],
    [64, /no number of bytes/, '--output-bytes', '8MB', '--', 'x'],
  ];
  for (const [code, message, ...args] of cases) {
    const ended = await desk.run(['session', 'launch', ...args]);
    assert.deepEqual([ended.code, ended.stdout], [code, ''], args.join(' '));
    assert.match(ended.stderr, message);
  }
  const large = await desk.run(['session', 'launch', '-a', 'pi', '-'], { input: 'x'.repeat(1_100_000) });
  assert.equal(large.code, 64);
  assert.match(large.stderr, /the prompt \(1100000 bytes\).*\n.*into a file/);
  assert.deepEqual(desk.called, []);
});

test('a plain command that can’t be found or executed is refused before anything is launched', async (context) => {
  const desk = await SessionDesk.open(context);
  desk.answers['launchSession'] = launched();
  mkdirSync(join(desk.world.folder, 'work'));
  const file = join(desk.world.folder, 'work', 'agent.sh');
  writeFileSync(file, '#!/bin/sh\n', { mode: 0o644 });
  const refused: readonly [number, RegExp, ...string[]][] = [
    [127, /'\.\/agnt\.sh' was not found; nothing was launched/, '-C', 'work', '--', './agnt.sh'],
    [127, /'no-such-program' was not found/, '--worktree', '--', 'no-such-program'],
    [127, /'\.\/agent\.sh' was not found/, '--', './agent.sh'],
    [126, /is not executable; nothing was launched\n.*chmod \+x .*work\/agent\.sh\n/, '-C', 'work', '--', './agent.sh'],
    [126, /'\/etc' is no file/, '-a', 'process', '--wait', '--', '/etc'],
  ];
  for (const [code, message, ...args] of refused) {
    const ended = await desk.run(['session', 'launch', ...args]);
    assert.deepEqual([ended.code, ended.stdout], [code, ''], args.join(' '));
    assert.match(ended.stderr, message);
  }
  assert.deepEqual(desk.called, []);

  chmodSync(file, 0o755);
  const accepted: readonly (readonly string[])[] = [
    ['-C', 'work', '--', './agent.sh'],
    // Where these look is not there yet.
    ['--worktree', '--', './made/there.sh'],
    ['--on-create', 'npm ci', '--', './node_modules/.bin/agent'],
    // An agent's arguments are no command.
    ['-a', 'pi', '--', 'no-such-program'],
  ];
  for (const args of accepted) {
    const ended = await desk.run(['session', 'launch', ...args]);
    assert.deepEqual([ended.code, ended.stderr], [0, ''], args.join(' '));
  }
});

test('held: who has it, what to do, and 75', async (context) => {
  const desk = await SessionDesk.open(context);
  const lease = (fields: Partial<Lease>): Lease => ({
    ...Lease.decode(new Uint8Array(0)),
    leaseId: 'l1',
    clientId: ID,
    state: LeaseState.ACTIVE,
    attached: [{ pid: 812, startTicks: 7n, role: 2, command: 'claude' }],
    ...fields,
  });
  const answer = (resource: string, fields: Partial<Lease>) => {
    const blockers = [{ blocker: { $case: 'lease', value: lease(fields) } }];
    const held = { blockers, queueLength: 0, withheldForSet: false, ancestorLeaseId: '' };
    return { outcome: { $case: 'held', value: { resource, held } } };
  };
  desk.answers['launchSession'] = answer('dir/home/me', {});
  const bySession = await desk.run(['session', 'launch', '--', 'true']);
  assert.deepEqual([bySession.code, bySession.stdout], [75, '']);
  assert.match(bySession.stderr, new RegExp(`dir/home/me is held by session ${ID} \\(pid 812 claude\\)\n`));
  assert.match(bySession.stderr, /--worktree works beside it, --force/);
  desk.answers['launchSession'] = answer('dir/home/me', { state: LeaseState.DRAINING });
  assert.match((await desk.run(['session', 'launch', '--', 'true'])).stderr, /is being left by session s4k2/);
  desk.answers['launchSession'] = answer('sessions', {});
  const beyond = await desk.run(['session', 'launch', '--', 'true']);
  assert.match(beyond.stderr, /sessions has no room left, held by session s4k2.*\n.*\(sessions\.limit\)/);
  desk.answers['launchSession'] = answer('agent/codex', { clientId: 'nightly' });
  const byOther = await desk.run(['session', 'launch', '--wait', '--', 'true']);
  assert.equal(byOther.code, 75);
  assert.match(byOther.stderr, /agent\/codex is held by pid 812 claude .*\n.*sessions\.agents/);
  desk.answers['resumeSession'] = answer('dir/home/me', {});
  const json = await desk.run(['session', 'resume', ID, '--json']);
  assert.equal(json.code, 75);
  const { outcome, resource, blockers } = JSON.parse(json.stdout);
  assert.deepEqual([outcome, resource, blockers[0].lease.clientId], ['held', 'dir/home/me', ID]);
});

test('--wait shows both streams apart, and ends as the session did', async (context) => {
  const desk = await SessionDesk.open(context);
  desk.prints('out\n', 'err\n');
  desk.answers['launchSession'] = launched();
  for (const [fields, code, said] of [
    [{ outcome: SessionOutcome.SUCCESS, exitCode: 0 }, 0, ''],
    [{ outcome: SessionOutcome.FAILURE, exitCode: 7 }, 7, ''],
    [{ outcome: SessionOutcome.SIGNAL, signal: 9 }, 137, 'signal 9'],
    [
      { outcome: SessionOutcome.TIMED_OUT, signal: 15, outcomeDetail: 'its time ran out' },
      124,
      'timed-out: its time ran out',
    ],
    [{ outcome: SessionOutcome.FAILURE, exitCode: 0, outcomeDetail: 'API error' }, 1, 'failure 0: API error'],
  ] as const) {
    desk.answers['waitSession'] = { session: session(ID, { state: SessionState.ENDED, ...fields }) };
    const ended = await desk.run(['session', 'launch', '--wait', '--', 'true']);
    assert.deepEqual([ended.code, ended.stdout], [code, 'out\n']);
    assert.equal(ended.stderr, `err\n${said === '' ? '' : `tenure: session ${ID} ended: ${said}\n`}`);
  }
  const json = await desk.run(['session', 'launch', '--wait', '--json', '--', 'true']);
  assert.equal(json.code, 1);
  const { outcome, session: shown } = JSON.parse(json.stdout);
  assert.deepEqual([outcome, shown.state, shown.outcome, shown.exitCode], ['launched', 'ended', 'failure', 0]);
  assert.equal(json.stderr, '');
});

test('a first Ctrl-C stops the session, a second one leaves it to itself', async (context) => {
  const desk = await SessionDesk.open(context);
  desk.prints('');
  desk.answers['launchSession'] = launched();
  // The wait is answered only once a stop has come.
  desk.answers['waitSession'] = () => undefined;
  desk.answers['stopSession'] = () => undefined;
  const waiting = desk.world.tenure(['session', 'launch', '--wait', '--', 'true']);
  await until('the wait', () => desk.called.includes('waitSession'));
  waiting.kill('SIGINT');
  await until('the stop', () => desk.called.includes('stopSession'));
  assert.equal(desk.requestsOf('stopSession')[0]?.['sessionId'], ID);
  assert.ok(waiting.isRunning);
  waiting.kill('SIGINT');
  const ended = await waiting.ended;
  assert.equal(ended.code, 130);
  assert.match(ended.stderr, /stopping session s4k2.*\n.*not waiting for session s4k2/);
  assert.equal(desk.requestsOf('stopSession').length, 1);
});

test('a TERM while it waits is a request to stop, too, and the session’s end is told', async (context) => {
  const desk = await SessionDesk.open(context);
  desk.prints('');
  desk.answers['launchSession'] = launched();
  const over = session(ID, {
    state: SessionState.ENDED,
    outcome: SessionOutcome.CANCELLED,
    outcomeDetail: 'asked for',
  });
  let finish: (() => void) | undefined;
  desk.daemon.sessions.run = ({ method }, answer) => {
    if (method === 'launchSession') answer(null, launched());
    else if (method === 'waitSession') finish = () => answer(null, { session: over });
    else {
      answer(null, { session: over, endedProcesses: 1 });
      finish?.();
    }
  };
  const waiting = desk.world.tenure(['session', 'launch', '--wait', '--', 'true']);
  await until('the wait', () => finish !== undefined);
  waiting.kill('SIGTERM');
  const ended = await waiting.ended;
  assert.equal(ended.code, 130);
  assert.match(ended.stderr, /ended: cancelled: asked for\n$/);
});
