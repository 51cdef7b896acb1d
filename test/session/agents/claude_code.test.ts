import assert from 'node:assert/strict';
import { appendFileSync, renameSync, rmSync } from 'node:fs';
import { describe, test } from 'node:test';
import { claudeCode } from '../../../src/session/agents/claude_code.js';
import { identityOf, start } from '../../os/child_process.js';
import { AgentHome, discover, discoverOne, kill, sample } from './agent_home.js';

const ID = '11111111-2222-4333-8444-555555555555';
const DIRECTORY = '/home/dev/project';
const TRANSCRIPT = `.claude/projects/-home-dev-project/${ID}.jsonl`;

/** The registry's entry for a process, with some fields otherwise; undefined ones are left out. */
function entry(changes: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ ...JSON.parse(sample('claude/entry.json')), ...changes });
}

describe('Claude Code', () => {
  test('a session of the past is told by its transcript', async (t) => {
    const home = new AgentHome(t);
    home.write(TRANSCRIPT, sample('claude/finished.jsonl'), 60_000);
    const session = await discoverOne(claudeCode(home.surroundings()));
    const { activityWallMs = 0, ...rest } = session;
    assert.deepEqual(rest, {
      nativeId: ID,
      state: 'ended',
      directory: DIRECTORY,
      title: '',
      prompt: 'bash: echo hi',
      model: 'claude-opus-5-5',
      usage: { inputTokens: 3366, outputTokens: 14, costUsd: 0.013744 },
      process: undefined,
      startWallMs: Date.parse('2026-11-20T11:29:44.881Z'),
      parentNativeId: '',
    });
    assert.ok(Math.abs(Date.now() - 60_000 - activityWallMs) < 30_000);
  });

  test('one without activity since then is left out, unless it lives', async (t) => {
    const home = new AgentHome(t);
    home.write(TRANSCRIPT, sample('claude/finished.jsonl'), 60_000);
    const program = claudeCode(home.surroundings());
    const since = Date.now() - 30_000;
    assert.deepEqual(await discover(program, since), []);
    const { pid, startTicks } = identityOf(start(t, 'sleep', ['1000']).pid);
    home.write(`.claude/sessions/${pid}.json`, entry({ pid, procStart: String(startTicks), status: 'idle' }));
    const { state, prompt } = await discoverOne(program, since);
    assert.deepEqual({ state, prompt }, { state: 'idle', prompt: 'bash: echo hi' });
  });

  test('the registry says what a living one does, and a kill ends it', async (t) => {
    const home = new AgentHome(t);
    home.write(TRANSCRIPT, sample('claude/finished.jsonl'), 60_000);
    const child = start(t, 'sleep', ['1000']);
    const { pid, startTicks } = identityOf(child.pid);
    const program = claudeCode(home.surroundings());
    const states = { busy: 'running', idle: 'idle', waiting: 'waiting', 'a later word': 'running' };
    for (const [status, state] of Object.entries(states)) {
      home.write(`.claude/sessions/${pid}.json`, entry({ pid, procStart: String(startTicks), status }));
      const session = await discoverOne(program);
      assert.equal(session.state, state);
      assert.deepEqual(session.process, { pid, startTicks });
    }
    await kill(child);
    const session = await discoverOne(program);
    assert.equal(session.state, 'ended');
    assert.equal(session.process, undefined);
  });

  test('an entry whose pid was given to another process is stale', async (t) => {
    const home = new AgentHome(t);
    const { pid, startTicks } = identityOf(start(t, 'sleep', ['1000']).pid);
    home.write(`.claude/sessions/${pid}.json`, entry({ pid, procStart: String(startTicks - 1) }));
    assert.deepEqual(await discover(claudeCode(home.surroundings())), []);
  });

  test('an entry without a start time counts only for a Claude Code that ran before it was written', async (t) => {
    const home = new AgentHome(t);
    const other = identityOf(start(t, 'sleep', ['1000']).pid);
    const { pid } = identityOf((await home.runs('claude', home.folder)).pid);
    const older = { procStart: undefined, status: undefined };
    home.write(`.claude/sessions/${other.pid}.json`, entry({ ...older, pid: other.pid, startedAt: Date.now() }));
    home.write(`.claude/sessions/${pid}.json`, entry({ ...older, pid, startedAt: Date.now() - 3_600_000 }));
    const program = claudeCode(home.surroundings());
    assert.deepEqual(await discover(program), []);
    home.write(`.claude/sessions/${pid}.json`, entry({ ...older, pid, startedAt: Date.now() }));
    assert.equal((await discoverOne(program)).process?.pid, pid);
  });

  test('what an older release does is told by its transcript', async (t) => {
    const home = new AgentHome(t);
    const { pid, startTicks } = identityOf(start(t, 'sleep', ['1000']).pid);
    home.write(`.claude/sessions/${pid}.json`, entry({ pid, procStart: String(startTicks), status: undefined }));
    const program = claudeCode(home.surroundings());
    assert.equal((await discoverOne(program)).state, 'idle');
    home.write(TRANSCRIPT, sample('claude/running.jsonl'));
    assert.equal((await discoverOne(program)).state, 'running');
    home.write(TRANSCRIPT, sample('claude/finished.jsonl'));
    assert.equal((await discoverOne(program)).state, 'idle');
  });

  test('a living one is listed before its first prompt, and after /clear as another', async (t) => {
    const home = new AgentHome(t);
    const { pid, startTicks } = identityOf(start(t, 'sleep', ['1000']).pid);
    const fresh = '99999999-2222-4333-8444-555555555555';
    home.write(TRANSCRIPT, sample('claude/finished.jsonl'), 60_000);
    home.write(
      `.claude/sessions/${pid}.json`,
      entry({
        pid,
        procStart: String(startTicks),
        status: 'idle',
        sessionId: fresh,
        name: 'Rename',
        nameSource: 'user',
      }),
    );
    const found = await discover(claudeCode(home.surroundings()));
    const states = found.map(({ nativeId, state, title, directory }) => ({ nativeId, state, title, directory }));
    assert.deepEqual(states, [
      { nativeId: ID, state: 'ended', title: '', directory: DIRECTORY },
      { nativeId: fresh, state: 'idle', title: 'Rename', directory: DIRECTORY },
    ]);
  });

  test('its own commands are no prompt, and a message in two records is counted once', async (t) => {
    const home = new AgentHome(t);
    home.write(TRANSCRIPT, sample('claude/running.jsonl'));
    const session = await discoverOne(claudeCode(home.surroundings()));
    assert.equal(session.prompt, 'Rename the module and its tests');
    assert.equal(session.title, 'rename');
    assert.deepEqual(session.usage, { inputTokens: 150, outputTokens: 9, costUsd: undefined });
  });

  test('what is appended is taken in, and its own account is the last word', async (t) => {
    const home = new AgentHome(t);
    const path = home.write(TRANSCRIPT, sample('claude/running.jsonl'));
    const program = claudeCode(home.surroundings());
    await discoverOne(program);
    const added = sample('claude/finished.jsonl').split('\n');
    // Half of a line is there, and later the rest.
    appendFileSync(path, `${added[8]}\n${added[10]?.slice(0, 40)}`);
    assert.deepEqual((await discoverOne(program)).usage, { inputTokens: 1873, outputTokens: 17, costUsd: undefined });
    appendFileSync(path, `${added[10]?.slice(40)}\n`);
    assert.deepEqual((await discoverOne(program)).usage, { inputTokens: 3366, outputTokens: 14, costUsd: 0.013744 });
  });

  test('CLAUDE_CONFIG_DIR moves all of it', async (t) => {
    const home = new AgentHome(t);
    home.write(TRANSCRIPT, sample('claude/finished.jsonl'));
    renameSync(home.path('.claude'), home.path('elsewhere'));
    assert.deepEqual(await discover(claudeCode(home.surroundings())), []);
    const moved = home.surroundings({ CLAUDE_CONFIG_DIR: home.path('elsewhere') });
    assert.equal((await discoverOne(claudeCode(moved))).nativeId, ID);
  });

  test('damaged files are passed over, and gone ones forgotten', async (t) => {
    const home = new AgentHome(t);
    const { pid } = identityOf(start(t, 'sleep', ['1000']).pid);
    const path = home.write(
      TRANSCRIPT,
      `{"type":"user"\n\0\0\0\n[1]\n"x"\n${sample('claude/finished.jsonl')}{"type":"us`,
    );
    home.write(`.claude/sessions/${pid}.json`, entry({ pid }).slice(0, 100));
    home.write('.claude/sessions/1.json', '');
    home.write('.claude/projects/-home-dev-project/agent-1.jsonl', sample('claude/finished.jsonl'));
    home.write('.claude/projects/a file', 'not a folder');
    home.directory('.claude/projects/-home-dev-project/22222222-2222-4333-8444-555555555555.jsonl');
    const program = claudeCode(home.surroundings());
    assert.equal((await discoverOne(program)).prompt, 'bash: echo hi');
    rmSync(path);
    assert.deepEqual(await discover(program), []);
  });
});
