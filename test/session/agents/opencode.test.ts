import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { openCode } from '../../../src/session/agents/opencode.js';
import { identityOf } from '../../os/child_process.js';
import { AgentHome, discover, discoverOne, kill } from './agent_home.js';
import { hasSqlite, makeOpenCodeDatabase, type OpenCodeRow, putSession } from './opencode_database.js';

const DATABASE = '.local/share/opencode/opencode.db';
const withoutSqlite = (): undefined => undefined;

/** Its writer stays there until the test's end. */
function databaseIn(t: TestContext, home: AgentHome, rows: readonly OpenCodeRow[], name = DATABASE) {
  home.directory(dirname(name));
  const database = makeOpenCodeDatabase(home.path(name), rows);
  t.after(() => database.close());
  return database;
}

describe('OpenCode, where Node has SQLite', { skip: !hasSqlite }, () => {
  test('a session of the past is told by the database', async (t) => {
    const home = new AgentHome(t);
    const row = {
      id: 'ses_1',
      directory: '/home/dev/project',
      createdWallMs: 1000,
      updatedWallMs: 5000,
      finish: 'stop',
    };
    databaseIn(t, home, [{ ...row, prompt: `say "hi"\n${'x'.repeat(9000)}` }]);
    const program = openCode(home.surroundings());
    assert.deepEqual(await discoverOne(program, 5000), {
      nativeId: 'ses_1',
      state: 'ended',
      directory: '/home/dev/project',
      title: 'Greeting',
      prompt: `say "hi" ${'x'.repeat(190)}…`,
      model: 'mock/mock-model',
      usage: { inputTokens: 150, outputTokens: 15, costUsd: 0.25 },
      process: undefined,
      startWallMs: 1000,
      activityWallMs: 5000,
      parentNativeId: '',
    });
    assert.deepEqual(await discover(program, 5001), []);
  });

  test('one that was changed since an OpenCode runs in its directory is that one’s, until it is killed', async (t) => {
    const home = new AgentHome(t);
    const directory = home.directory('project');
    const child = await home.runs('opencode', directory);
    const row = { id: 'ses_1', directory, createdWallMs: Date.now() };
    const database = databaseIn(t, home, [row, { ...row, id: 'ses_old', createdWallMs: Date.now() - 60_000 }]);
    const program = openCode(home.surroundings());
    const since = Date.now() + 60_000;
    const running = await discoverOne(program, since);
    assert.deepEqual([running.nativeId, running.state], ['ses_1', 'running']);
    assert.deepEqual(running.process, identityOf(child.pid));
    putSession(database, { ...row, finish: 'tool-calls' });
    assert.equal((await discoverOne(program, since)).state, 'running');
    putSession(database, { ...row, finish: 'stop' });
    assert.equal((await discoverOne(program, since)).state, 'idle');
    // Killed in the middle of an answer looks like running.
    putSession(database, row);
    await kill(child);
    assert.deepEqual(await discover(program, since), []);
    assert.ok((await discover(program)).every(({ state, process }) => state === 'ended' && process === undefined));
  });

  test('a sub-agent’s session lives with its parent’s, until its last answer', async (t) => {
    const home = new AgentHome(t);
    const directory = home.directory('project');
    const child = await home.runs('opencode', directory);
    const createdWallMs = Date.now();
    const parent = { id: 'ses_1', directory, createdWallMs };
    const working = { id: 'ses_2', directory, createdWallMs, parentId: 'ses_1' };
    databaseIn(t, home, [parent, working, { ...working, id: 'ses_3', finish: 'stop' }]);
    const found = await discover(openCode(home.surroundings()));
    const states = found.map(({ nativeId, state, parentNativeId, process }) => [
      nativeId,
      state,
      parentNativeId,
      process?.pid,
    ]);
    assert.deepEqual(states.sort(), [
      ['ses_1', 'running', '', child.pid],
      ['ses_2', 'running', 'ses_1', child.pid],
      ['ses_3', 'ended', 'ses_1', undefined],
    ]);
  });

  test('a reader neither waits for a writer in the middle of its work nor holds it up', async (t) => {
    const home = new AgentHome(t);
    const row = { id: 'ses_1', directory: '/x', createdWallMs: 1000 };
    const database = databaseIn(t, home, [row]);
    const program = openCode(home.surroundings());
    database.exec('BEGIN IMMEDIATE');
    putSession(database, { ...row, id: 'ses_2' });
    assert.equal((await discoverOne(program)).nativeId, 'ses_1');
    database.exec('COMMIT');
    assert.equal((await discover(program)).length, 2);
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    assert.equal(statSync(home.path(`${DATABASE}-wal`)).size, 0);
  });

  test('XDG_DATA_HOME and OPENCODE_DB move it', async (t) => {
    const home = new AgentHome(t);
    databaseIn(t, home, [{ id: 'ses_1', directory: '/x', createdWallMs: 1000 }], 'elsewhere/opencode/opencode.db');
    databaseIn(t, home, [{ id: 'ses_2', directory: '/x', createdWallMs: 1000 }], 'elsewhere/opencode/mine.db');
    assert.deepEqual(await discover(openCode(home.surroundings())), []);
    const moved = { XDG_DATA_HOME: home.path('elsewhere') };
    assert.equal((await discoverOne(openCode(home.surroundings(moved)))).nativeId, 'ses_1');
    const named = home.surroundings({ ...moved, OPENCODE_DB: 'mine.db' });
    assert.equal((await discoverOne(openCode(named))).nativeId, 'ses_2');
  });

  test('columns that an older release has not are done without; a database that is none is told', async (t) => {
    const home = new AgentHome(t);
    const database = databaseIn(t, home, [{ id: 'ses_1', directory: '/x', createdWallMs: 1000 }]);
    const program = openCode(home.surroundings());
    database.exec('ALTER TABLE session DROP COLUMN cost; ALTER TABLE session DROP COLUMN model');
    const { nativeId, usage } = await discoverOne(program);
    assert.deepEqual([nativeId, usage?.costUsd, usage?.inputTokens], ['ses_1', undefined, 150]);
    database.exec('DROP TABLE session');
    await assert.rejects(discover(program), /opencode\.db can't be read: it has another form/);
    const damaged = new AgentHome(t);
    damaged.write(DATABASE, 'this is no database at all, however long it may be');
    await assert.rejects(discover(openCode(damaged.surroundings())), /opencode\.db can't be read: .*not a database/);
  });

  test('Node’s word that its SQLite is an experiment is not printed', () => {
    const module = new URL('../../../src/session/agents/sqlite.ts', import.meta.url).pathname;
    const code = `
      const { sqliteOfNode } = await import(${JSON.stringify(module)});
      if (sqliteOfNode() === undefined) process.exit(1);
      process.emitWarning('this one is');`;
    const args = ['--import', 'tsx', '--input-type=module', '-e', `${code}`];
    const script = `${JSON.stringify(process.execPath)} "$@" 2>&1`;
    const printed = execFileSync('/bin/sh', ['-c', script, 'sh', ...args], { encoding: 'utf8' });
    assert.match(printed, /this one is/);
    assert.doesNotMatch(printed, /SQLite/);
  });
});

describe('OpenCode, where Node has no SQLite', () => {
  /** A command `opencode` that prints this, and what it was called with into a file. */
  function commandIn(home: AgentHome, prints: string): { PATH: string } {
    const path = home.write('path/opencode', `#!/bin/sh\necho "$PWD: $*" >>"${home.path('calls')}"\n${prints}\n`);
    chmodSync(path, 0o755);
    return { PATH: `${home.path('path')}:${process.env['PATH']}` };
  }

  test('its own list is asked, in the directories where it runs, and not at every look', async (t) => {
    const home = new AgentHome(t);
    const directory = home.directory('project');
    home.write(DATABASE, '');
    const child = await home.runs('opencode', directory);
    const listed = [{ id: 'ses_1', title: 'Greeting', updated: Date.now(), created: Date.now(), directory }];
    const environment = commandIn(home, `echo '${JSON.stringify(listed)}'`);
    const program = openCode(home.surroundings(environment), withoutSqlite);
    const { nativeId, state, title, process } = await discoverOne(program);
    assert.deepEqual(
      { nativeId, state, title, process },
      {
        nativeId: 'ses_1',
        state: 'running',
        title: 'Greeting',
        process: identityOf(child.pid),
      },
    );
    await discoverOne(program);
    const calls = readFileSync(home.path('calls'), 'utf8');
    assert.equal(calls, `${directory}: session list --format json --max-count 100\n`);
    await kill(child);
    assert.deepEqual(await discover(program), []);
  });

  test('a project without sessions prints nothing at all', async (t) => {
    const home = new AgentHome(t);
    home.write(DATABASE, '');
    await home.runs('opencode', home.folder);
    assert.deepEqual(await discover(openCode(home.surroundings(commandIn(home, ':')), withoutSqlite)), []);
  });

  test('a list that can’t be had is told, with what would do better', async (t) => {
    const home = new AgentHome(t);
    home.write(DATABASE, '');
    await home.runs('opencode', home.folder);
    const failing = openCode(home.surroundings(commandIn(home, 'exit 3')), withoutSqlite);
    await assert.rejects(discover(failing), /needs Node 22\.13 or later, and this is v.*: ended with exit code 3/);
    const babbling = openCode(home.surroundings(commandIn(home, 'echo Welcome')), withoutSqlite);
    await assert.rejects(discover(babbling), /needs Node 22\.13 or later/);
  });

  test('without a database nobody has used it here', async (t) => {
    const home = new AgentHome(t);
    await home.runs('opencode', home.folder);
    assert.deepEqual(await discover(openCode(home.surroundings(commandIn(home, 'exit 3')), withoutSqlite)), []);
  });
});
