import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PutSecretRequest } from '@tenure/client';
import { SecretDesk, secret } from './secret_desk.js';

const VALUE = 'hunter2-marker';

function contentOf(request: unknown): string | undefined {
  const content = Reflect.get(Object(request), 'content') as PutSecretRequest['content'];
  return content === undefined ? undefined : `${content.$case} ${content.value}`;
}

test('a value comes from standard input, less one line end', async (context) => {
  const desk = await SecretDesk.open(context);
  desk.answers['putSecret'] = { secret: secret('a') };
  for (const [input, args, sent] of [
    [`${VALUE}\n`, [], VALUE],
    [`${VALUE}\r\n`, [], VALUE],
    [VALUE, [], VALUE],
    [`${VALUE}\n\n`, [], `${VALUE}\n`],
    [`${VALUE}\n`, ['--raw-input'], `${VALUE}\n`],
  ] as const) {
    const { code, stdout, stderr } = await desk.run(['put', 'a', ...args], input);
    assert.deepEqual([code, stdout, stderr], [0, 'a: added\n', '']);
    assert.equal(contentOf(desk.requestOf('putSecret')), `value ${sent}`);
  }
});

test('no value, and one that is too long, are refused before the daemon is asked', async (context) => {
  const desk = await SecretDesk.open(context);
  for (const input of ['', '\n', '\r\n']) {
    const { code, stderr } = await desk.run(['put', 'a'], input);
    assert.equal(code, 64);
    assert.match(stderr, /no value came on standard input/);
  }
  const { code, stderr } = await desk.run(['put', 'a'], VALUE.repeat(5_000));
  assert.equal(code, 64);
  assert.match(stderr, /more than 65536 bytes/);
  assert.ok(!stderr.includes(VALUE));
  assert.deepEqual(desk.called, []);
});

test('a value as an argument is refused with the reason, and not repeated', async (context) => {
  const desk = await SecretDesk.open(context);
  for (const args of [
    ['put', 'a', VALUE],
    ['put', 'a', '--value', VALUE],
    ['put', 'a', `--value=${VALUE}`],
    ['put', 'a', `-${VALUE}`],
    ['put', `a=${VALUE}`],
    ['update', 'a', VALUE],
    ['update', 'a', '--rotate', './r', VALUE],
  ]) {
    const { code, stdout, stderr } = await desk.run(args, 'other\n');
    assert.equal(code, 64, args.join(' '));
    assert.match(stderr, /a value can't be an argument: it would stand in ps and in the shell's history/);
    assert.ok(!`${stdout}${stderr}`.includes(VALUE));
  }
  // Nor by an option that is misspelled, or stands at the wrong place.
  for (const args of [
    ['put', 'a', `--valeu=${VALUE}`],
    [`--value=${VALUE}`, 'put', 'a'],
    ['lease', 'a', `--token=${VALUE}`],
  ]) {
    const { code, stdout, stderr } = await desk.run([...args, '--json']);
    assert.equal(code, 64, args.join(' '));
    assert.match(stdout, /unknown option '--(valeu|value|token)'/);
    assert.ok(!`${stdout}${stderr}`.includes(VALUE));
  }
  assert.deepEqual(desk.called, []);
});

test('with a source no value is read', async (context) => {
  const desk = await SecretDesk.open(context);
  desk.answers['putSecret'] = { secret: secret('a', { source: 'env:A' }) };
  const { code, stdout } = await desk.run(['put', 'a', '--source', 'env:A', '--rotate', './r', '--json']);
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(stdout), {
    secret: { name: 'a', source: 'env:A', version: '1', activeLeases: 0 },
  });
  assert.deepEqual(desk.requestOf('putSecret'), {
    name: 'a',
    content: { $case: 'source', value: 'env:A' },
    commands: { rotate: './r', onRotate: '', onRevoke: '', onDelete: '' },
  });
});

test('update reads a value where nothing else is asked for; commands that are not named stay', async (context) => {
  const desk = await SecretDesk.open(context);
  const commands = { rotate: './old', onRotate: './after', onRevoke: './end', onDelete: '' };
  desk.answers['listSecrets'] = { secrets: [secret('team/a', { commands })], nextPageToken: '' };
  desk.answers['updateSecret'] = { secret: secret('team/a', { version: 4n, activeLeases: 2 }) };

  const value = await desk.run(['update', 'team/a'], `${VALUE}\n`);
  assert.equal(value.stdout, 'team/a: changed, now version 4; who has it leased (2) keeps the value of before\n');
  assert.equal(contentOf(desk.requestOf('updateSecret')), `value ${VALUE}`);
  assert.equal(Reflect.get(Object(desk.requestOf('updateSecret')), 'commands'), undefined);

  const hooks = await desk.run(['update', 'team/a', '--rotate', './new', '--on-revoke', ''], `${VALUE}\n`);
  assert.equal(hooks.stdout, 'team/a: changed\n');
  assert.deepEqual(desk.requestOf('listSecrets'), { namespace: 'team', pageSize: 1_000, pageToken: '' });
  assert.deepEqual(desk.requestOf('updateSecret'), {
    name: 'team/a',
    content: undefined,
    commands: { rotate: './new', onRotate: './after', onRevoke: '', onDelete: '' },
  });

  assert.equal((await desk.run(['update', 'team/a', '--on-delete', './x', '--with-value'], VALUE)).code, 0);
  assert.equal(contentOf(desk.requestOf('updateSecret')), `value ${VALUE}`);
});
