import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { LaunchSessionRequest } from '@tenure/client';
import { SessionOutcome, SessionState } from '@tenure/client';
import { until } from '../../e2e/until.js';
import { SessionDesk, session } from './session_desk.js';

const MATRIX = `
group: nightly
directory: shop
worktree: { base: main }
adapters:
  - claude-code
  - name: codex
    models: [gpt-5, gpt-5-mini]
    args: [--full-auto]
models: [opus]
prompts:
  - mend it
  - |
    make it
    faster
args: [--verbose]
timeout: 30m
labels: { a: b }
onComplete: echo
`;

function write(desk: SessionDesk, text: string): string {
  const path = join(desk.world.folder, 'matrix.yaml');
  writeFileSync(path, text);
  return path;
}

const ids = ['saaaaaaaaaaaa', 'sbbbbbbbbbbbb', 'scccccccccccc', 'sdddddddddddd', 'seeeeeeeeeeee', 'sffffffffffff'];
/** A session for every launch, by its order. */
function launchAll(desk: SessionDesk): void {
  let count = 0;
  desk.answers['launchSession'] = ({ adapter, model, group }: LaunchSessionRequest) => {
    const value = session(ids[count++] ?? '', { adapter, model, group });
    return { outcome: { $case: 'launched', value } };
  };
}

test('every combination is launched in one group, in the order in which they are written', async (context) => {
  const desk = await SessionDesk.open(context);
  launchAll(desk);
  const { code, stdout, stderr } = await desk.run(['session', 'matrix', write(desk, MATRIX)], { env: { KEY: 'k' } });
  assert.deepEqual([code, stderr], [0, '']);
  const requests = desk.requestsOf('launchSession');
  const launched = requests
    .map(({ adapter, model, prompt, command }) => [adapter, model, prompt, command].join('|'))
    .sort();
  assert.deepEqual(launched, [
    'claude-code|opus|make it\nfaster\n|--verbose',
    'claude-code|opus|mend it|--verbose',
    'codex|gpt-5-mini|make it\nfaster\n|--full-auto',
    'codex|gpt-5-mini|mend it|--full-auto',
    'codex|gpt-5|make it\nfaster\n|--full-auto',
    'codex|gpt-5|mend it|--full-auto',
  ]);
  for (const request of requests) {
    assert.equal(request['group'], 'nightly');
    assert.equal(request['directory'], join(desk.world.folder, 'shop'));
    assert.deepEqual(request['worktree'], { branch: '', base: 'main' });
    assert.deepEqual(request['labels'], new Map([['a', 'b']]));
    assert.equal(request['onComplete'], 'echo');
    assert.ok(request['environment'] instanceof Map && request['environment'].get('KEY') === 'k');
    assert.deepEqual(request['limits'], {
      timeout: { seconds: 1800n, nanos: 0 },
      stall: undefined,
      stopOnStall: false,
      outputBytes: 0n,
    });
  }
  assert.equal(new Set(requests.map(({ requestId }) => requestId)).size, 6);
  const lines = stdout.split('\n').map((line) => line.split(/ {2,}/));
  assert.deepEqual(lines[0], ['ID', 'ADAPTER', 'MODEL', 'PROMPT', 'DIRECTORY', 'STATE']);
  assert.deepEqual(lines[2]?.slice(1), ['claude-code', 'opus', '2. make it faster', '~/repo', 'running']);
  assert.deepEqual(lines[7], ['group nightly']);
});

test('--dry-run launches nothing', async (context) => {
  const desk = await SessionDesk.open(context);
  const path = write(desk, MATRIX);
  const { code, stdout } = await desk.run(['session', 'matrix', path, '--dry-run']);
  assert.equal(code, 0);
  assert.match(stdout, /^ADAPTER +MODEL +PROMPT\nclaude-code +opus +1\. mend it\n/);
  assert.match(stdout, /\n6 sessions in worktrees of .*shop; nothing was launched\n$/);
  const json = JSON.parse((await desk.run(['session', 'matrix', path, '--dry-run', '--json'])).stdout);
  assert.deepEqual([json.dryRun, json.group, json.sessions.length], [true, 'nightly', 6]);
  assert.deepEqual(desk.called, []);
});

test('one that fails stops no other; the exit code is 1', async (context) => {
  const desk = await SessionDesk.open(context);
  const text = 'directory: .\nworktree: true\nadapters: [process, codex, pi]\nprompts: [x]\n';
  const held = { blockers: [], queueLength: 0, withheldForSet: false, ancestorLeaseId: '' };
  desk.answers['launchSession'] = ({ adapter, group }: LaunchSessionRequest) => {
    if (adapter === 'codex') return 'ADAPTER_UNAVAILABLE';
    if (adapter === 'pi') return { outcome: { $case: 'held', value: { resource: 'agent/pi', held } } };
    return { outcome: { $case: 'launched', value: session(ids[0] ?? '', { group }) } };
  };
  const { code, stdout } = await desk.run(['session', 'matrix', write(desk, text)]);
  assert.equal(code, 1);
  assert.match(stdout, /\nsaaaaaaaaaaaa +process +1\. x +~\/repo +running\n/);
  assert.match(stdout, /\n- +codex +1\. x +refused: ADAPTER_UNAVAILABLE\n- +pi +1\. x +agent\/pi is held\n/);
  assert.match(stdout, /\ngroup matrix-[0-9a-f]{8}\n$/);
  const json = await desk.run(['session', 'matrix', write(desk, text), '--json']);
  assert.equal(json.code, 1);
  const { group, sessions } = JSON.parse(json.stdout);
  assert.deepEqual(
    sessions.map(({ outcome }: { outcome: string }) => outcome),
    ['launched', 'failed', 'held'],
  );
  assert.equal(sessions[0].session.group, group);
  assert.equal(sessions[1].error.reason, 'ADAPTER_UNAVAILABLE');
});

test('--wait says how each ended, and 1 where one did not end well; Ctrl-C stops them all', async (context) => {
  const desk = await SessionDesk.open(context);
  const text = 'directory: .\nworktree: true\nadapters: [process]\nprompts: [x, y]\n';
  launchAll(desk);
  const over = (sessionId: string, outcome: SessionOutcome, exitCode?: number) =>
    session(sessionId, { state: SessionState.ENDED, outcome, exitCode });
  desk.answers['waitSession'] = ({ sessionId }: { sessionId: string }) => ({
    session:
      sessionId === ids[1] ? over(sessionId, SessionOutcome.BLOCKED, 3) : over(sessionId, SessionOutcome.SUCCESS, 0),
  });
  const mixed = await desk.run(['session', 'matrix', write(desk, text), '--wait']);
  assert.equal(mixed.code, 1);
  assert.match(mixed.stdout, / success\n/);
  assert.match(mixed.stdout, / blocked 3\n/);
  desk.answers['waitSession'] = ({ sessionId }: { sessionId: string }) => ({
    session: over(sessionId, SessionOutcome.SUCCESS, 0),
  });
  assert.equal((await desk.run(['session', 'matrix', write(desk, text), '--wait'])).code, 0);

  desk.daemon.sessions.received.length = 0;
  desk.answers['waitSession'] = () => undefined;
  desk.answers['stopSession'] = () => undefined;
  const waiting = desk.world.tenure(['session', 'matrix', write(desk, text), '--wait']);
  await until('both waits', () => desk.requestsOf('waitSession').length === 2);
  waiting.kill('SIGINT');
  await until('both stops', () => desk.requestsOf('stopSession').length === 2);
  waiting.kill('SIGINT');
  assert.equal((await waiting.ended).code, 130);
});

test('--wait launches what there was no room for as room comes, in its order; without it that is told', async (context) => {
  const desk = await SessionDesk.open(context);
  const text = 'directory: .\nworktree: true\nadapters: [process]\nprompts: [first, second, third]\n';
  const held = { blockers: [], queueLength: 0, withheldForSet: false, ancestorLeaseId: '' };
  const running = new Set<string>();
  const order: string[] = [];
  desk.answers['launchSession'] = ({ prompt }: LaunchSessionRequest) => {
    if (running.size > 0) return { outcome: { $case: 'held', value: { resource: 'sessions', held } } };
    const id = ids[order.length] ?? '';
    running.add(id);
    order.push(prompt);
    return { outcome: { $case: 'launched', value: session(id) } };
  };
  desk.answers['waitSession'] = ({ sessionId }: { sessionId: string }) => {
    running.delete(sessionId);
    return { session: session(sessionId, { state: SessionState.ENDED, outcome: SessionOutcome.SUCCESS, exitCode: 0 }) };
  };
  const one = await desk.run(['session', 'matrix', write(desk, text)]);
  assert.equal(one.code, 1);
  assert.match(
    one.stderr,
    /^tenure: 2 of 3 were not launched, for as many run .*; with --wait they are, as room comes$/m,
  );
  running.clear();
  const [alone] = order.splice(0);
  assert.ok(alone !== undefined);
  const all = await desk.run(['session', 'matrix', write(desk, text), '--wait']);
  assert.equal(all.code, 0, all.stderr);
  assert.equal(all.stdout.match(/ success\n/g)?.length, 3);
  assert.deepEqual(order.toSorted(), ['first', 'second', 'third']);
  const [, ...later] = order;
  assert.deepEqual(
    later,
    later.toSorted((a, b) => text.indexOf(a) - text.indexOf(b)),
  );
});

test('all faults of a file are told at once, with their keys', async (context) => {
  const desk = await SessionDesk.open(context);
  const faults = async (text: string) => {
    const { code, stdout, stderr } = await desk.run(['session', 'matrix', write(desk, text)]);
    assert.deepEqual([code, stdout], [78, '']);
    return stderr
      .split('\n')
      .slice(1, -1)
      .map((line) => line.trim());
  };
  const many = await faults(
    'adapters: [1, {name: codex, modles: [x]}]\nprompts: []\ntimeout: soon\nworktree: maybe\ncolour: red\noutputBytes: 8MB\n',
  );
  assert.deepEqual(many.map((line) => line.split(' ')[0]).sort(), [
    'adapters[0]',
    'adapters[1].modles',
    'colour',
    'directory',
    'outputBytes',
    'prompts',
    'timeout',
    'worktree',
  ]);
  assert.ok(many.includes('directory is missing'), many.join('\n'));
  assert.ok(many.includes('prompts is empty'));
  assert.ok(many.some((line) => line.startsWith('colour is unknown; known here: group, directory,')));
  assert.deepEqual(await faults('directory: .\nadapters: [a, b]\nprompts: [x]\nstopOnStall: true\n'), [
    'worktree is not true, and 2 sessions would want the same directory for themselves',
    'stopOnStall needs stall, which says after how long',
  ]);
  const prompts = Array.from({ length: 300 }, (_, index) => `p${index}`).join(', ');
  assert.deepEqual(await faults(`directory: .\nforce: true\nadapters: [a]\nprompts: [${prompts}]\n`), [
    'the file makes 300 sessions; 256 is the most',
  ]);
  assert.match((await faults('a: [\n')).join(), /line 2/);
  assert.deepEqual(await faults('just words\n'), ['the file must be a group of keys']);
  const missing = await desk.run(['session', 'matrix', 'missing.yaml', '--json']);
  assert.deepEqual([missing.code, JSON.parse(missing.stdout).error.reason], [66, 'MATRIX_NOT_FOUND']);
  assert.deepEqual(desk.called, []);
});

test('one session needs no worktree', async (context) => {
  const desk = await SessionDesk.open(context);
  launchAll(desk);
  const text = 'directory: .\nadapters: [pi]\nprompts: [x]\n';
  assert.equal((await desk.run(['session', 'matrix', write(desk, text)])).code, 0);
  assert.equal(desk.requestsOf('launchSession')[0]?.['worktree'], undefined);
});
