import assert from 'node:assert/strict';
import { cpSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { CLI, World } from './world.js';

const errorJson = z.strictObject({
  error: z.strictObject({ reason: z.string(), message: z.string(), hint: z.string().optional() }),
});

/** Words, what standard error says, and the exit code. */
const CASES: readonly (readonly [args: string, code: number, says: RegExp])[] = [
  ['nonsense', 64, /unknown command 'nonsense'\n.*see 'tenure --help'/],
  ['leese list', 64, /unknown command 'leese'\n.*lease/],
  ['lease get', 64, /missing required argument 'lease-id'\n.*see 'tenure lease get --help'/],
  ['lease list --jsn', 64, /unknown option '--jsn'\n.*--json/],
  [
    'run x --wait soon -- true',
    64,
    /'-w, --wait <duration>' argument 'soon' is invalid.* write it like .*, or forever\n/,
  ],
  ['fuse set soon', 64, /'soon' is invalid for argument 'duration'.* write it like .* or 1d\n/],
  ['run x', 64, /no command was given\n.*write it after --/],
  ['help nonsense', 64, /unknown command 'nonsense'/],
  ['help errors NONSENSE', 64, /there is no reason NONSENSE\n.*tenure help errors/],
  ['completion tcsh', 64, /bash, zsh and fish/],
  ['session matrix missing', 66, /matrix missing is not there/],
  ['secret import .', 66, /can't be read: it is a folder/],
  [
    'lease list',
    69,
    /no daemon answers on .*tenure\.sock; TENURE_AUTOSTART=0 keeps.* start it with .*\n.*tenure doctor/,
  ],
];

describe('an error', () => {
  test('says what happened and what to do next, in a shape of its own with --json, and shows no stack', async (t) => {
    const world = new World(t, { env: { TENURE_AUTOSTART: '0' } });
    const asJson = ['nonsense', 'lease list', 'session matrix missing'];
    await Promise.all([
      ...CASES.map(async ([args, code, says]) => {
        const ended = await world.run(args.split(' '));
        assert.equal(ended.code, code, `${args}: ${ended.stderr}`);
        assert.match(ended.stderr, says);
        assert.doesNotMatch(ended.stderr, /^\s+at /m);
        assert.equal(ended.stdout, '', args);
      }),
      ...asJson.map(async (args) => {
        const ended = await world.run([...args.split(' '), '--json']);
        assert.notEqual(errorJson.parse(JSON.parse(ended.stdout)).error.message, '');
      }),
    ]);
  });

  test('of a full disk below standard output is told, and is no success', async (t) => {
    const world = new World(t);
    for (const args of ['lease list', 'lease list --json', '--help', '--version']) {
      const ended = await world.start('sh', ['-c', `tenure ${args} >/dev/full`]).ended;
      assert.equal(ended.code, 74, `${args}: ${ended.stderr}`);
      assert.match(ended.stderr, /^tenure: standard output can't be written: the disk is full; what was asked for may/);
      assert.doesNotMatch(ended.stderr, /^\s+at /m);
    }
  });

  test('of a broken installation says to install again', async (t) => {
    const world = new World(t);
    const dist = join(world.folder, 'dist');
    mkdirSync(dist);
    for (const name of ['tenure.cjs', 'cli.cjs']) cpSync(join(dirname(CLI), name), join(dist, name));
    symlinkSync(join(dirname(CLI), '..', 'node_modules'), join(world.folder, 'node_modules'));
    truncateSync(join(dist, 'cli.cjs'), 1_000_000);
    const damaged = await world.start(process.execPath, [join(dist, 'tenure.cjs'), '--version']).ended;
    assert.equal(damaged.code, 70);
    assert.match(damaged.stderr, /^tenure: .*cli\.cjs is damaged.*install tenure again\n$/);
    writeFileSync(join(dist, 'cli.cjs'), "require('no-such-package');");
    const lacking = await world.start(process.execPath, [join(dist, 'tenure.cjs'), '--version']).ended;
    assert.match(lacking.stderr, /^tenure: .*Cannot find module 'no-such-package'.*\n$/);
  });
});

test('help errors lists every reason, and says more of one', async (t) => {
  const world = new World(t);
  const all = (await world.run(['help', 'errors'])).stdout;
  for (const reason of ['DEADLOCK', 'UNREACHABLE', 'USAGE', 'STILL_RUNNING'])
    assert.match(all, new RegExp(`^${reason} `, 'm'));
  const listed = await world.run(['help', 'errors', '--json']);
  assert.match(listed.stdout, /"reason": ?"DEADLOCK",\s*"exitCode": ?75/);
  const completed = await world.run(['__complete', 'zsh', 'help', 'errors', 'UNR']);
  assert.match(completed.stdout, /^words\nUNREACHABLE\tno daemon answers.*\n$/);
  const one = await world.run(['help', 'errors', 'deadlock']);
  assert.match(one.stdout, /^DEADLOCK: exit code 75, gRPC status FAILED_PRECONDITION\n.*waiting could never end/);
  assert.match((await world.run(['help', 'lease', 'get'])).stdout, /^Usage: tenure lease get/);
});
