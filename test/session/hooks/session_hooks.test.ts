import assert from 'node:assert/strict';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { systemClock } from '../../../src/os/clock.js';
import { readStartTicks } from '../../../src/os/process_facts.js';
import { runShellCommand } from '../../../src/os/shell_command.js';
import { SessionHooks, type SessionHooksParts } from '../../../src/session/hooks/session_hooks.js';
import { Webhooks } from '../../../src/session/hooks/webhook.js';
import { sendPost } from '../../../src/session/hooks/webhook_post.js';
import type { HookRecord, LaunchRecord } from '../../../src/session/launched/record.js';
import { processesOf, SESSION_VARIABLE } from '../../../src/session/stopping/marked_processes.js';
import { start, temporaryFolder, until } from '../../os/child_process.js';
import { EventList } from '../../secret/event_list.js';
import { FakeCommands } from '../../secret/fake_commands.js';
import { launchRecord } from '../launched/launch_records.js';
import { newSessionId } from '../shim/running_shim.js';
import { WebReceiver } from './web_receiver.js';

/** No other run of these tests has processes of it. */
const ID = newSessionId();
const NOW = 1_750_000_060_000;

const AGENT = {
  name: 'tidy',
  repo: 'https://example.org/a.git',
  workUnit: 'T-1',
  container: { id: 'c1', name: 'tenure-i-tidy-s', image: 'localhost/agent' },
  dueWallMs: 1_749_999_960_000,
};

function recordOf(more: Partial<LaunchRecord>): LaunchRecord {
  return launchRecord({
    sessionId: ID,
    adapter: 'codex',
    nativeId: 'n1',
    command: 'codex',
    prompt: 'hunter2: do this',
    model: 'small',
    group: 'nightly',
    parentSessionId: 'sparent',
    end: { outcome: 'failure', detail: 'no more tokens', exitCode: 1, signal: 0, wallMs: 1_750_000_042_000 },
    ...more,
  });
}

function room(parts: Partial<SessionHooksParts> = {}) {
  const events = new EventList();
  const hooks = new SessionHooks({
    run: runShellCommand,
    environment: { PATH: process.env['PATH'] },
    webhooks: new Webhooks({ post: sendPost, secret: async () => undefined, clock: systemClock }),
    limitMs: () => 20_000,
    wallMs: () => NOW,
    events,
    ...parts,
  });
  return { hooks, events };
}

/** What a hook finds in its environment of us. */
function variablesIn(file: string): [string, string][] {
  return readFileSync(file, 'utf8')
    .split('\0')
    .filter((line) => line.startsWith('TENURE_'))
    .map((line): [string, string] => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)])
    .sort();
}

const pidIn = (file: string): number => Number.parseInt(readFileSync(file, 'utf8'), 10);
const hasPid = (file: string): boolean => existsSync(file) && pidIn(file) > 0;

describe('on-create', () => {
  test('runs in the directory, with what it is told', async (t) => {
    const directory = temporaryFolder(t);
    const { hooks, events } = room();
    const facts = { ID, ADAPTER: 'codex', DIRECTORY: directory, GROUP: '' };
    const hook = await hooks.onCreate('pwd -P >where; env -0 >variables', facts, directory);
    const record: HookRecord = {
      hook: 'on-create',
      success: true,
      detail: 'ended with exit code 0',
      attempts: 1,
      wallMs: NOW,
    };
    assert.deepEqual(hook, record);
    assert.equal(readFileSync(join(directory, 'where'), 'utf8').trim(), realpathSync(directory));
    assert.deepEqual(variablesIn(join(directory, 'variables')), [
      ['TENURE_HOOK', 'on-create'],
      ['TENURE_SESSION_ADAPTER', 'codex'],
      ['TENURE_SESSION_DIRECTORY', directory],
      ['TENURE_SESSION_GROUP', ''],
      ['TENURE_SESSION_ID', ID],
    ]);
    const metadata = { sessionId: ID, hook: 'on-create', detail: 'ended with exit code 0', attempts: 1 };
    assert.deepEqual(events.all, [{ action: 'session.hook_finished', level: 'info', success: true, metadata }]);
  });

  test('that fails says how, and nothing that it printed', async () => {
    const { hooks, events } = room();
    const { success, detail } = await hooks.onCreate('echo hunter2; echo hunter2 >&2; exit 3', { ID }, '/');
    assert.deepEqual([success, detail], [false, 'ended with exit code 3']);
    assert.deepEqual([events.all[0]?.level, events.all[0]?.success], ['warn', false]);
    assert.doesNotMatch(JSON.stringify(events.all), /hunter2/);
  });

  test('that hangs is killed at its limit with all that it started', async (t) => {
    const folder = temporaryFolder(t);
    const { hooks } = room({ limitMs: () => 2_000 });
    const command = `trap '' TERM; sleep 4711 & echo $! >child; echo $$ >own; wait; sleep 4711`;
    const { success, detail } = await hooks.onCreate(command, { ID }, folder);
    assert.deepEqual([success, detail], [false, 'took longer than 2 s and was killed']);
    for (const name of ['child', 'own']) {
      const pid = pidIn(join(folder, name));
      await until(() => isGone(pid), `${name} is gone`);
    }
  });

  test('may print as much as it likes', async () => {
    const { hooks } = room();
    const { success } = await hooks.onCreate('head -c 50000000 /dev/zero; head -c 50000000 /dev/zero >&2', { ID }, '/');
    assert.equal(success, true);
  });
});

describe('on-complete', () => {
  test('is told how the session was and ended', async (t) => {
    const directory = temporaryFolder(t);
    const { hooks } = room();
    const worktree = { path: directory, branch: 'b/1', repository: '/r' };
    const labels = { 'team-name': 'web & "app"', team_name: 'x', a: '$(touch hunter2)\0' };
    const record = recordOf({ directory, worktree, labels, agent: AGENT, onComplete: 'env -0 >variables' });
    assert.deepEqual(await hooks.afterEnd(record), [
      { hook: 'on-complete', success: true, detail: 'ended with exit code 0', attempts: 1, wallMs: NOW },
    ]);
    assert.deepEqual(variablesIn(join(directory, 'variables')), [
      ['TENURE_HOOK', 'on-complete'],
      ['TENURE_SESSION_ADAPTER', 'codex'],
      ['TENURE_SESSION_AGENT', 'tidy'],
      ['TENURE_SESSION_BRANCH', 'b/1'],
      ['TENURE_SESSION_DIRECTORY', directory],
      ['TENURE_SESSION_DURATION_MS', '42000'],
      ['TENURE_SESSION_EXIT_CODE', '1'],
      ['TENURE_SESSION_GROUP', 'nightly'],
      ['TENURE_SESSION_ID', ID],
      ['TENURE_SESSION_LABEL_A', '$(touch hunter2)'],
      ['TENURE_SESSION_LABEL_TEAM_NAME', 'x'],
      ['TENURE_SESSION_MODEL', 'small'],
      ['TENURE_SESSION_NATIVE_ID', 'n1'],
      ['TENURE_SESSION_OUTCOME', 'failure'],
      ['TENURE_SESSION_OUTCOME_DETAIL', 'no more tokens'],
      ['TENURE_SESSION_PARENT_ID', 'sparent'],
      ['TENURE_SESSION_REPO', 'https://example.org/a.git'],
      ['TENURE_SESSION_SIGNAL', ''],
      ['TENURE_SESSION_WORKTREE', directory],
      ['TENURE_SESSION_WORK_UNIT', 'T-1'],
    ]);
  });

  test('of a session that died of a signal, with a detail without end', async (t) => {
    const directory = temporaryFolder(t);
    const { hooks } = room();
    const end = {
      outcome: 'signal',
      detail: 'x'.repeat(1_000_000),
      exitCode: undefined,
      signal: 9,
      wallMs: 0,
    } as const;
    const [hook] = await hooks.afterEnd(recordOf({ directory, end, onComplete: 'env -0 >variables' }));
    assert.equal(hook?.success, true);
    const variables = new Map(variablesIn(join(directory, 'variables')));
    assert.deepEqual([variables.get('TENURE_SESSION_EXIT_CODE'), variables.get('TENURE_SESSION_SIGNAL')], ['', '9']);
    assert.equal(variables.get('TENURE_SESSION_DURATION_MS'), '0');
    assert.equal(variables.get('TENURE_SESSION_OUTCOME_DETAIL')?.length, 1_024);
  });

  test('does not run where its directory is gone, least of all elsewhere', async (t) => {
    const gone = join(temporaryFolder(t), 'gone');
    const file = join(gone, '..', 'ran');
    const { hooks } = room();
    const [hook] = await hooks.afterEnd(recordOf({ directory: gone, onComplete: `echo >'${file}'` }));
    assert.deepEqual([hook?.success, hook?.detail], [false, `could not be started in ${gone}: ENOENT`]);
    assert.equal(existsSync(file), false);
  });

  test('runs a few at a time', async () => {
    const commands = new FakeCommands();
    const { hooks } = room({ run: commands.run });
    const all = Promise.all(Array.from({ length: 20 }, () => hooks.afterEnd(recordOf({ onComplete: 'x' }))));
    for (let count = 0; count < 20; count += 1) (await commands.next()).print('');
    assert.equal((await all).length, 20);
    assert.ok(commands.mostAtOnce <= 8, `${commands.mostAtOnce} at once`);
  });
});

describe('a hook is no process of the session', () => {
  test('also where the daemon was started in one: no stop finds it, no lease waits for it', async (t) => {
    const folder = temporaryFolder(t);
    const marked = start(t, 'sleep', ['4711'], { env: { PATH: process.env['PATH'], [SESSION_VARIABLE]: ID } });
    const environment = { PATH: process.env['PATH'], [SESSION_VARIABLE]: ID, TENURE_LEASES: 'tni_1' };
    const { hooks } = room({ environment });
    const file = join(folder, 'child');
    const command = 'sleep 4711 & echo $! >child; wait';
    const over = hooks.afterEnd(recordOf({ directory: folder, onComplete: command }));
    await until(() => hasPid(file), 'the hook runs');
    const child = pidIn(file);
    const found = (await processesOf(ID, undefined)).map(({ pid }) => pid);
    assert.ok(found.includes(marked.pid ?? 0), 'what is marked is found');
    assert.deepEqual(found, [marked.pid]);
    process.kill(child, 'SIGKILL');
    await over;
  });
});

describe('a webhook', () => {
  test('is told of the end, without the prompt', async (t) => {
    const receiver = await WebReceiver.open(t, 200);
    const { hooks } = room();
    const stop = { by: 'client', uid: 7, pid: 8, reason: 'enough', wallMs: 9 } as const;
    const usage = { inputTokens: 5, outputTokens: 6, costUsd: undefined };
    const labels = { team: 'web' };
    const record = recordOf({ webhook: receiver.url, stop, usage, labels, agent: AGENT, parentSessionId: '' });
    assert.deepEqual(await hooks.afterEnd(record), [
      { hook: 'webhook', success: true, detail: 'HTTP 200', attempts: 1, wallMs: NOW },
    ]);
    const [message] = receiver.received;
    assert.equal(message?.headers['tenure-delivery'], `${ID}.ended`);
    assert.deepEqual(JSON.parse(String(message?.body)), {
      type: 'session.ended',
      session: {
        sessionId: ID,
        adapter: 'codex',
        agent: 'tidy',
        repo: 'https://example.org/a.git',
        workUnit: 'T-1',
        container: 'tenure-i-tidy-s',
        dueTime: '2025-06-15T15:06:00.000Z',
        nativeId: 'n1',
        command: 'codex',
        directory: '/',
        group: 'nightly',
        labels: { team: 'web' },
        model: 'small',
        parentSessionId: '',
        outcome: 'failure',
        outcomeDetail: 'no more tokens',
        exitCode: 1,
        startTime: '2025-06-15T15:06:40.000Z',
        endTime: '2025-06-15T15:07:22.000Z',
        durationMs: 42_000,
        usage: { inputTokens: 5, outputTokens: 6 },
        stop: { by: 'client', reason: 'enough' },
      },
    });
  });

  test('and on-complete run beside each other, each as it goes', async (t) => {
    const receiver = await WebReceiver.open(t, 410);
    const { hooks, events } = room();
    const run = await hooks.afterEnd(recordOf({ webhook: receiver.url, onComplete: 'exit 3' }));
    assert.deepEqual(
      run.map(({ hook, success, detail }) => [hook, success, detail]),
      [
        ['on-complete', false, 'ended with exit code 3'],
        ['webhook', false, 'HTTP 410'],
      ],
    );
    assert.equal(events.of('session.hook_finished').length, 2);
    assert.doesNotMatch(JSON.stringify(events.all), /127\.0\.0\.1/, 'addresses may be secret');
  });
});

describe('what has run before', () => {
  test('does not run again', async (t) => {
    const receiver = await WebReceiver.open(t, 200);
    const commands = new FakeCommands();
    const { hooks } = room({ run: commands.run });
    const done = (hook: HookRecord['hook']): HookRecord => ({
      hook,
      success: false,
      detail: '',
      attempts: 1,
      wallMs: 1,
    });
    const record = recordOf({ webhook: receiver.url, onComplete: 'x', hooks: [done('on-complete')] });
    assert.deepEqual(
      (await hooks.afterEnd(record)).map(({ hook }) => hook),
      ['webhook'],
    );
    const all = recordOf({ webhook: receiver.url, onComplete: 'x', hooks: [done('on-complete'), done('webhook')] });
    assert.deepEqual(await hooks.afterEnd(all), []);
    assert.deepEqual([receiver.received.length, commands.started.length], [1, 0]);
  });
});

describe('closed', () => {
  function closing(t: TestContext) {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const commands = new FakeCommands();
    return { commands, ...room({ run: commands.run }) };
  }

  test('hooks that run get 3 s; what they are cut short of is left to the next run', async (t) => {
    const { commands, hooks, events } = closing(t);
    const ended = hooks.afterEnd(recordOf({ onComplete: 'x' }));
    const cut = hooks.afterEnd(recordOf({ onComplete: 'x' }));
    const first = await commands.next();
    const second = await commands.next();
    const closed = hooks.close();
    first.print('');
    t.mock.timers.tick(2_999);
    assert.equal(second.order.signal?.aborted, false);
    t.mock.timers.tick(1);
    await closed;
    assert.equal((await ended)[0]?.success, true);
    assert.deepEqual(await cut, []);
    assert.equal(events.of('session.hook_finished').length, 1);
  });

  test('nothing more begins: a launch fails, an end waits for the next run', async (t) => {
    const { commands, hooks } = closing(t);
    const waiting = Array.from({ length: 9 }, () => hooks.afterEnd(recordOf({ onComplete: 'x' })));
    for (let count = 0; count < 8; count += 1) await commands.next();
    const closed = hooks.close();
    commands.started[0]?.print('');
    const { success, detail } = await hooks.onCreate('x', { ID }, '/');
    assert.deepEqual([success, detail], [false, 'was killed because the daemon stops']);
    t.mock.timers.tick(3_000);
    await closed;
    const hooksRun = await Promise.all(waiting);
    assert.equal(hooksRun.flat().length, 1);
  });

  test('a webhook that waits for its next try does not hold it up', async (t) => {
    const receiver = await WebReceiver.open(t, 503);
    const { hooks } = room();
    const over = hooks.afterEnd(recordOf({ webhook: receiver.url }));
    await until(() => receiver.received.length === 1, 'the first try is made');
    await hooks.close();
    assert.deepEqual(await over, []);
  });
});

function isGone(pid: number): boolean {
  if (readStartTicks(pid) === undefined) return true;
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z ');
  } catch {
    return true;
  }
}
