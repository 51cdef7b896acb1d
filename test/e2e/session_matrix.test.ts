import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { launch, list, sessionJson, sessionWorld, status, untilEnded } from './session_world.js';
import type { World } from './world.js';

const matrixJson = z.object({
  group: z.string(),
  sessions: z.array(z.object({ promptNumber: z.number(), outcome: z.string(), session: sessionJson.optional() })),
});

/** A repository with one commit. */
async function repository(world: World): Promise<string> {
  const path = join(world.folder, 'shop');
  mkdirSync(path);
  const author = '-c user.name=n -c user.email=e@x.test';
  const script = `git init -q -b main && echo one > file && git add file && git ${author} commit -q -m one`;
  const { code, stderr } = await world.start('sh', ['-c', script], { cwd: path }).ended;
  assert.equal(code, 0, stderr);
  return path;
}

describe('sessions in worktrees', () => {
  test('launch --worktree works beside the repository, on a branch of its own', async (t) => {
    const world = sessionWorld(t);
    const path = await repository(world);
    const id = await launch(world, [
      '-C',
      path,
      '--worktree',
      'fix/it',
      '--',
      'sh',
      '-c',
      'git branch --show-current; echo two > file',
    ]);
    assert.equal((await untilEnded(world, id)).outcome, 'success');
    assert.equal((await world.run(['session', 'logs', id])).stdout, 'fix/it\n');
    const { worktree, directory } = await status(world, id);
    assert.deepEqual(worktree, { path: `${path}-fix-it`, branch: 'fix/it', repository: path });
    assert.equal(directory, worktree?.path);
    assert.equal(readFileSync(join(path, 'file'), 'utf8'), 'one\n');
    assert.equal(readFileSync(join(directory, 'file'), 'utf8'), 'two\n');
  });

  test('a matrix runs every prompt in a worktree of its own, at the same time, and says how each ended', async (t) => {
    const world = sessionWorld(t);
    await repository(world);
    const agent = world.script('agent', ['read word', 'echo "$word" > answer', 'case $word in bad) exit 5;; esac']);
    const matrix = join(world.folder, 'matrix.yaml');
    const text = {
      directory: 'shop',
      worktree: true,
      adapters: [{ name: 'process', args: [agent] }],
      prompts: ['good', 'bad', 'fine'],
    };
    writeFileSync(matrix, JSON.stringify(text));
    const ended = await world.run(['session', 'matrix', matrix, '--wait', '--json']);
    assert.equal(ended.code, 1, ended.stderr);
    const { group, sessions } = matrixJson.parse(JSON.parse(ended.stdout));
    assert.deepEqual(
      sessions.map(({ promptNumber, session }) => [promptNumber, session?.outcome, session?.group]),
      [
        [1, 'success', group],
        [2, 'work-failed', group],
        [3, 'success', group],
      ],
    );
    const answers = sessions.map(({ session }) => readFileSync(join(session?.directory ?? '', 'answer'), 'utf8'));
    assert.deepEqual(answers, ['good\n', 'bad\n', 'fine\n']);
    assert.equal((await list(world, '--ended', '-g', group)).sessions.length, 3);
    assert.ok(!existsSync(join(world.folder, 'shop', 'answer')));
  });
});
