import assert from 'node:assert/strict';
import { renameSync, rmSync } from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import { codex } from '../../../src/session/agents/codex.js';
import { firstLine, identityOf, start } from '../../os/child_process.js';
import { AgentHome, discover, discoverOne, kill, sample } from './agent_home.js';

const ID = '01a1f8b9-ed81-7401-b4ac-e662dc123e43';
const ROLLOUT = `.codex/sessions/2026/11/20/rollout-2026-11-20T11-31-36-${ID}.jsonl`;
const LOCK = `.codex/thread-writer-locks/${ID}.lock`;

const END_OF_TURN = `${JSON.stringify({ type: 'event_msg', payload: { type: 'turn_aborted', reason: 'interrupted' } })}\n`;

/** A process that holds the flock of a file, or only has it open. */
async function holder(t: TestContext, path: string, name: string, locks: boolean) {
  const flock = new URL('../../../src/os/flock.ts', import.meta.url).pathname;
  const code = `
    const { openSync } = await import('node:fs');
    const { tryLock } = await import(${JSON.stringify(flock)});
    process.title = ${JSON.stringify(name)};
    const fd = openSync(${JSON.stringify(path)}, 'r');
    if (${locks} && !tryLock(fd)) process.exit(1);
    console.log('ready');
    setInterval(() => undefined, 1000);`;
  const child = start(t, process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code]);
  assert.equal(await firstLine(child), 'ready');
  return child;
}

describe('Codex', () => {
  test('a thread of the past is told by its rollout', async (t) => {
    const home = new AgentHome(t);
    home.write(ROLLOUT, sample('codex/rollout.jsonl'), 60_000);
    const { activityWallMs = 0, ...rest } = await discoverOne(codex(home.surroundings()));
    assert.deepEqual(rest, {
      nativeId: ID,
      state: 'ended',
      directory: '/home/dev/project',
      title: '',
      prompt: 'hello there',
      model: 'other-model',
      usage: { inputTokens: 5734, outputTokens: 8, costUsd: undefined },
      process: undefined,
      startWallMs: Date.parse('2026-11-20T11:31:36.969Z'),
      parentNativeId: '01a1f8b9-0000-7401-b4ac-e662dc123e43',
    });
    assert.ok(Math.abs(Date.now() - 60_000 - activityWallMs) < 30_000);
  });

  test('who holds the lock of a thread runs it; the lock that a kill leaves behind says nothing', async (t) => {
    const home = new AgentHome(t);
    home.write(ROLLOUT, sample('codex/rollout.jsonl'), 60_000);
    const child = await holder(t, home.write(LOCK, ''), 'codex', true);
    const program = codex(home.surroundings());
    const since = Date.now() - 1000;
    const running = await discoverOne(program, since);
    assert.equal(running.state, 'running');
    assert.deepEqual(running.process, identityOf(child.pid));
    home.write(ROLLOUT, sample('codex/rollout.jsonl') + END_OF_TURN);
    assert.equal((await discoverOne(program, since)).state, 'idle');
    await kill(child);
    const ended = await discoverOne(program, since);
    assert.equal(ended.state, 'ended');
    assert.equal(ended.process, undefined);
  });

  test('each thread is of the one that holds its own lock', async (t) => {
    const home = new AgentHome(t);
    const other = ID.replace('01a1f8b9', '01a1f8ba');
    home.write(ROLLOUT, sample('codex/rollout.jsonl'));
    home.write(ROLLOUT.replace(ID, other), sample('codex/rollout.jsonl').replaceAll(ID, other));
    home.write(LOCK, '');
    const child = await holder(t, home.write(LOCK.replace(ID, other), ''), 'codex', true);
    const found = await discover(codex(home.surroundings()));
    const holders = new Map(found.map(({ nativeId, process }) => [nativeId, process]));
    assert.deepEqual(
      holders,
      new Map([
        [ID, undefined],
        [other, identityOf(child.pid)],
      ]),
    );
  });

  test('a thread that was opened and asked nothing yet is listed while it lives', async (t) => {
    const home = new AgentHome(t);
    const child = await holder(t, home.write(LOCK, ''), 'codex', true);
    const program = codex(home.surroundings());
    const { nativeId, state } = await discoverOne(program, Date.now());
    assert.deepEqual({ nativeId, state }, { nativeId: ID, state: 'idle' });
    await kill(child);
    assert.deepEqual(await discover(program), []);
  });

  test('a lock file that is open and not locked is nobody’s', async (t) => {
    const home = new AgentHome(t);
    home.write(ROLLOUT, sample('codex/rollout.jsonl'));
    await holder(t, home.write(LOCK, ''), 'codex', false);
    assert.equal((await discoverOne(codex(home.surroundings()))).state, 'ended');
  });

  test('before there were locks, the Codex that has the rollout open runs it', async (t) => {
    const home = new AgentHome(t);
    const path = home.write(ROLLOUT, sample('codex/rollout.jsonl'));
    await holder(t, path, 'a reader', false);
    const program = codex(home.surroundings());
    assert.equal((await discoverOne(program)).state, 'ended');
    const child = await holder(t, path, 'codex', false);
    assert.deepEqual((await discoverOne(program)).process, identityOf(child.pid));
    const elsewhere = await discover(codex(new AgentHome(t).surroundings()));
    assert.deepEqual(elsewhere, [], 'a rollout of another home is another’s');
    await kill(child);
    assert.equal((await discoverOne(program)).state, 'ended');
  });

  test('prompts and sub-agents of older releases are understood', async (t) => {
    const home = new AgentHome(t);
    const meta = { id: ID, cwd: '/home/dev/project', timestamp: '2025-11-20T11:31:36.969Z' };
    const parent = '01a1f8b9-1111-7401-b4ac-e662dc123e43';
    const source = { subagent: { thread_spawn: { parent_thread_id: parent, depth: 1 } } };
    const lines = [
      { type: 'session_meta', payload: { ...meta, source } },
      { type: 'event_msg', payload: { type: 'user_message', message: 'look\tinto it', kind: 'plain' } },
    ];
    home.write(ROLLOUT, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const { prompt, parentNativeId } = await discoverOne(codex(home.surroundings()));
    assert.deepEqual({ prompt, parentNativeId }, { prompt: 'look into it', parentNativeId: parent });
  });

  test('CODEX_HOME moves all of it', async (t) => {
    const home = new AgentHome(t);
    home.write(ROLLOUT, sample('codex/rollout.jsonl'));
    renameSync(home.path('.codex'), home.path('elsewhere'));
    assert.deepEqual(await discover(codex(home.surroundings())), []);
    const moved = home.surroundings({ CODEX_HOME: home.path('elsewhere') });
    assert.equal((await discoverOne(codex(moved))).nativeId, ID);
  });

  test('damaged rollouts and strange files are passed over', async (t) => {
    const home = new AgentHome(t);
    home.write(ROLLOUT, `\0\0{"type":"session_meta"\n${sample('codex/rollout.jsonl')}{"type":"turn_con`);
    home.write('.codex/sessions/2026/11/20/rollout-x.jsonl', 'x');
    home.write('.codex/sessions/2026/notes.txt', 'x');
    home.write('.codex/thread-writer-locks/.coordination.lock', '');
    const program = codex(home.surroundings());
    assert.equal((await discoverOne(program)).prompt, 'hello there');
    rmSync(home.path(ROLLOUT));
    assert.deepEqual(await discover(program), []);
  });
});
