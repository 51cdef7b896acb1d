// needs: zsh fish
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../e2e/until.js';
import { World } from '../e2e/world.js';

test('fish completes commands, options, names and files', async (t) => {
  const world = new World(t);
  const held = world.tenure(['run', 'backup/one', '--reason', 'nightly', '--', 'sh', '-c', 'echo up; exec sleep 60']);
  await held.line(/^up$/);
  const script = await world.run(['completion', 'fish']);
  writeFileSync(join(world.folder, 'tenure.fish'), script.stdout);
  writeFileSync(join(world.folder, 'matrix.yaml'), '');
  const home = join(world.folder, 'home');
  mkdirSync(home);
  const complete = async (line: string) => {
    const commands = `source tenure.fish; complete -C '${line}'`;
    const { stdout, stderr } = await world.start('fish', ['--no-config', '-c', commands], { env: { HOME: home } })
      .ended;
    assert.equal(stderr, '');
    return stdout.trim().split('\n');
  };
  assert.match((await complete('tenure lease expl')).join(), /^explain\tsay who holds/);
  await until('the name', async () => (await complete('tenure run ba')).join() === 'backup/one\tnightly');
  assert.deepEqual(await complete('tenure run --mode=sh'), ['--mode=shared']);
  assert.ok((await complete('tenure session matrix mat')).some((line) => line.startsWith('matrix.yaml')));
  assert.ok((await complete('tenure run x -- mkdi')).some((line) => line.startsWith('mkdir')));
  held.kill('SIGTERM');
  await held.exited;
});

test('zsh completes commands and names', async (t) => {
  const world = new World(t);
  const held = world.tenure(['run', 'backup/one', '--', 'sh', '-c', 'echo up; exec sleep 60']);
  await held.line(/^up$/);
  const complete = async (words: readonly string[]) => {
    const quoted = words.map((word) => `'${word}'`).join(' ');
    // The completion's own widgets want a terminal; what it hands to them is what counts.
    const commands = [
      // Without a dump: zsh moves a file of its own over the one that is named, and as root over /dev/null, too.
      'autoload -U compinit && compinit -u -D',
      'source <(tenure completion zsh)',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is zsh's.
      '_describe() { print -rl -- "${(@P)2}" }',
      '_files() { print files "$@" }',
      '_normal() { print -r normal $CURRENT $words }',
      `words=(tenure ${quoted}); CURRENT=$#words`,
      '_tenure',
    ].join('\n');
    const { stdout, stderr } = await world.start('zsh', ['-f', '-c', commands], { env: { HOME: world.folder } }).ended;
    assert.equal(stderr, '');
    return stdout.trim().split('\n');
  };
  assert.match((await complete(['lease', 'expl'])).join(), /^explain:/);
  await until('the name', async () => (await complete(['run', 'ba'])).join() === 'backup/one:');
  assert.deepEqual(await complete(['session', 'launch', '-C', '']), ['files -/']);
  assert.deepEqual(await complete(['run', 'x', '--', 'git', 'sta']), ['normal 2 git sta']);
  held.kill('SIGTERM');
  await held.exited;
});
