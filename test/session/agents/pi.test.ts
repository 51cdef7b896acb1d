import assert from 'node:assert/strict';
import { symlinkSync, utimesSync } from 'node:fs';
import { describe, test } from 'node:test';
import { pi } from '../../../src/session/agents/pi.js';
import { identityOf } from '../../os/child_process.js';
import { AgentHome, discover, discoverOne, kill, sample } from './agent_home.js';

const ID = '01a1f8bb-6daf-713f-ae38-6863359a6600';
const FOLDER = '.pi/agent/sessions/--home-dev-project--';
const FILE = `2026-11-20T11-33-15-311Z_${ID}.jsonl`;

/** A session's file that begins in this directory, and ends in these messages. */
function session(id: string, directory: string, ...messages: readonly object[]): string {
  const header = { type: 'session', version: 3, id, timestamp: new Date().toISOString(), cwd: directory };
  const entries = messages.map((message) => ({ type: 'message', id: '1', message }));
  return [header, ...entries].map((line) => `${JSON.stringify(line)}\n`).join('');
}

const ASKED = { role: 'user', content: 'go on' };
const ANSWERED = { role: 'assistant', content: [], model: 'mock-model', stopReason: 'stop' };
const fileOf = (id: string): string => `${FOLDER}/2026-11-20T11-33-16-000Z_${id}.jsonl`;

describe('Pi', () => {
  test('a session of the past is told by its file', async (t) => {
    const home = new AgentHome(t);
    home.write(`${FOLDER}/${FILE}`, sample('pi/session.jsonl'), 60_000);
    const { activityWallMs = 0, ...rest } = await discoverOne(pi(home.surroundings()));
    assert.deepEqual(rest, {
      nativeId: ID,
      state: 'ended',
      directory: '/home/dev/project',
      title: 'Say hi',
      prompt: 'bash: echo hi',
      model: 'mock/mock-model',
      usage: { inputTokens: 1647, outputTokens: 15, costUsd: 0.75 },
      process: undefined,
      startWallMs: Date.parse('2026-11-20T11:33:15.311Z'),
      parentNativeId: '01a1f8bb-0000-713f-ae38-6863359a6600',
    });
    assert.ok(Math.abs(Date.now() - 60_000 - activityWallMs) < 30_000);
  });

  test('one that was written to since a Pi runs in its directory is that one’s, until it is killed', async (t) => {
    const home = new AgentHome(t);
    const directory = home.directory('project');
    const program = pi(home.surroundings());
    const child = await home.runs('pi', directory);
    home.write(fileOf('one'), session('one', directory, ASKED));
    const running = await discoverOne(program);
    assert.equal(running.state, 'running');
    assert.deepEqual(running.process, identityOf(child.pid));
    home.write(fileOf('one'), session('one', directory, ASKED, ANSWERED));
    assert.equal((await discoverOne(program)).state, 'idle');
    await kill(child);
    assert.equal((await discoverOne(program)).state, 'ended');
  });

  test('a killed one does not pass to another Pi in the same directory', async (t) => {
    const home = new AgentHome(t);
    const directory = home.directory('project');
    const program = pi(home.surroundings());
    const older = await home.runs('pi', directory);
    const killed = await home.runs('pi', directory);
    home.write(fileOf('one'), session('one', directory, ASKED));
    assert.deepEqual((await discoverOne(program)).process, identityOf(killed.pid));
    await kill(killed);
    assert.equal((await discoverOne(program)).state, 'ended');
    // It was taken up again.
    const soon = Date.now() / 1000 + 1;
    utimesSync(home.path(fileOf('one')), soon, soon);
    assert.deepEqual((await discoverOne(program)).process, identityOf(older.pid));
  });

  test('what was written before a Pi began is not that one’s, nor what stands in another directory', async (t) => {
    const home = new AgentHome(t);
    const directory = home.directory('project');
    home.write(fileOf('old'), session('old', directory, ASKED), 60_000);
    await home.runs('pi', directory);
    home.write(fileOf('beside'), session('beside', home.directory('other'), ASKED));
    const found = await discover(pi(home.surroundings()));
    assert.deepEqual(found.map(({ nativeId, state }) => `${nativeId} ${state}`).sort(), ['beside ended', 'old ended']);
  });

  test('a directory is the same by whatever name', async (t) => {
    const home = new AgentHome(t);
    const directory = home.directory('project');
    symlinkSync(directory, home.path('link'));
    await home.runs('pi', directory);
    home.write(fileOf('one'), session('one', home.path('link'), ASKED));
    assert.equal((await discoverOne(pi(home.surroundings()))).state, 'running');
  });

  test('PI_CODING_AGENT_DIR and PI_CODING_AGENT_SESSION_DIR move it', async (t) => {
    const home = new AgentHome(t);
    home.write(`elsewhere/sessions/--home-dev-project--/${FILE}`, sample('pi/session.jsonl'));
    home.write(`beside/${FILE}`, sample('pi/session.jsonl').replaceAll(ID, 'of-my-own'));
    const moved = { PI_CODING_AGENT_DIR: home.path('elsewhere') };
    assert.equal((await discoverOne(pi(home.surroundings(moved)))).nativeId, ID);
    const named = { ...moved, PI_CODING_AGENT_SESSION_DIR: home.path('beside') };
    assert.equal((await discoverOne(pi(home.surroundings(named)))).nativeId, 'of-my-own');
    assert.deepEqual(await discover(pi(home.surroundings())), []);
  });

  test('damaged files are passed over', async (t) => {
    const home = new AgentHome(t);
    home.write(fileOf('empty'), '');
    home.write(fileOf('half'), '{"type":"session","version":3,"id":"ha');
    home.write(fileOf('one'), `${session('one', '/x', ASKED)}{"type":"mess`);
    home.write(`${FOLDER}/notes.txt`, 'x');
    assert.equal((await discoverOne(pi(home.surroundings()))).nativeId, 'one');
  });
});
