import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../../e2e/until.js';
import { World } from '../../e2e/world.js';
import { completeInBash } from './shells.js';

/** What the daemon knows; on a machine that is busy it may answer too late for one key, and not for the next. */
async function nameInBash(world: World, words: readonly string[]): Promise<string[]> {
  return await until(`a name for ${words.join(' ')}`, async () => {
    const offered = await completeInBash(world, words);
    return offered.length > 0 ? offered : undefined;
  });
}

test('bash completes commands, options, and what the daemon knows by name', async (t) => {
  const world = new World(t);
  assert.deepEqual(await completeInBash(world, ['lease', 'explain', '']), [], 'nobody has started a daemon');
  assert.deepEqual(world.processes(), [], 'nor did the completion');

  const held = world.tenure([
    'run',
    'backup/one',
    'port:80',
    '--reason',
    'nightly',
    '--',
    'sh',
    '-c',
    'echo up; exec sleep 60',
  ]);
  await held.line(/^up$/);
  assert.equal((await world.run(['secret', 'init'])).code, 0);
  assert.equal((await world.run(['secret', 'put', 'team/token'], { input: 'x' })).code, 0);

  assert.deepEqual(await completeInBash(world, ['lea']), ['lease']);
  assert.ok((await completeInBash(world, ['lease', 'acquire', '--re'])).includes('--reason'));
  assert.deepEqual(await nameInBash(world, ['run', 'ba']), ['backup/one']);
  assert.deepEqual(await nameInBash(world, ['run', 'port', ':']), ['80'], 'as bash splits it');
  assert.deepEqual(await completeInBash(world, ['run', 'x', '--mode', '=', 'sh']), ['shared']);
  assert.deepEqual(await nameInBash(world, ['secret', 'lease', '']), ['team/token']);
  assert.deepEqual(await nameInBash(world, ['secret', 'put', 't']), ['team/']);
  assert.equal((await nameInBash(world, ['lease', 'revoke', ''])).length, 2);
  assert.deepEqual(await completeInBash(world, ['help', 'err']), ['errors']);
  mkdirSync(join(world.folder, 'some folder'));
  assert.deepEqual(await completeInBash(world, ['session', 'launch', '-C', 'some']), ['some folder']);
  assert.ok((await completeInBash(world, ['run', 'x', '--', 'mkdi'])).includes('mkdir'));

  // A daemon that does not answer keeps nobody at the key.
  const pid = world.daemonPid();
  process.kill(pid, 'SIGSTOP');
  assert.deepEqual(await completeInBash(world, ['run', 'ba']), []);
  process.kill(pid, 'SIGCONT');
  held.kill('SIGTERM');
  await until('the end of the run', () => !held.isRunning);
});
