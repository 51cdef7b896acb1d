import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { SecretDesk, secret } from './secret_desk.js';

function nameOf(request: unknown): string {
  return (request as { name: string }).name;
}

test('all are put, and the table says what became of each', async (t) => {
  const desk = await SecretDesk.open(t);
  desk.answers['putSecret'] = (request) =>
    nameOf(request) === 'team/B' ? 'SECRET_EXISTS' : { secret: secret(nameOf(request)) };
  const ended = await desk.run(['import', '-', '--namespace', 'team'], 'A=hunter2\nB=hunter3\nC=hunter4\n');
  assert.equal(ended.code, 1);
  assert.match(ended.stdout, /^team\/A +added$/m);
  assert.match(ended.stdout, /^team\/B +failed +.*--update gives it the new value$/m);
  assert.match(ended.stdout, /^team\/C +added$/m);
  assert.doesNotMatch(`${ended.stdout}${ended.stderr}`, /hunter/);
  const values = desk.daemon.secrets.received.map(({ request }) => {
    const { content } = request as { content: { value: Buffer } };
    return content.value.toString();
  });
  assert.deepEqual(values.sort(), ['hunter2', 'hunter3', 'hunter4']);
});

test('--update changes those that are there, and --json says so', async (t) => {
  const desk = await SecretDesk.open(t);
  desk.answers['putSecret'] = (request) =>
    nameOf(request) === 'B' ? 'SECRET_EXISTS' : { secret: secret(nameOf(request)) };
  desk.answers['updateSecret'] = (request) => ({ secret: secret(nameOf(request), { version: 4n }) });
  writeFileSync(join(desk.world.folder, 'x.json'), '{"A":"1","B":"2"}');
  const ended = await desk.run(['import', 'x.json', '--update', '--json']);
  assert.equal(ended.code, 0, ended.stderr);
  assert.deepEqual(JSON.parse(ended.stdout), {
    secrets: [
      { name: 'A', outcome: 'added', version: '1' },
      { name: 'B', outcome: 'updated', version: '4' },
    ],
  });
});

test('what is wrong with the file is said before anything is put', async (t) => {
  const desk = await SecretDesk.open(t);
  const ended = await desk.run(['import', '-'], 'A=1\nB=\n');
  assert.equal(ended.code, 64);
  assert.match(ended.stderr, /standard input has a fault; nothing was added:\n {2}line 2: B has an empty value/);
  assert.equal((await desk.run(['import', 'absent.env'])).code, 66);
  assert.deepEqual(desk.called, []);
});

test('without a vault there is one error, not one a secret, and few are tried', async (t) => {
  const desk = await SecretDesk.open(t);
  desk.answers['putSecret'] = 'VAULT_NOT_INITIALIZED';
  const lines = Array.from({ length: 100 }, (_, index) => `K${index}=v`).join('\n');
  const ended = await desk.run(['import', '-', '--json'], lines);
  assert.equal(ended.code, 66);
  assert.equal(JSON.parse(ended.stdout).error.reason, 'VAULT_NOT_INITIALIZED');
  assert.ok(desk.called.length <= 16, `${desk.called.length} calls`);
});

test('a failure that concerns all, half-way, leaves the rest untried, and says so', async (t) => {
  const desk = await SecretDesk.open(t);
  let calls = 0;
  desk.answers['putSecret'] = (request) => {
    calls += 1;
    return calls <= 20 ? { secret: secret(nameOf(request)) } : 'STORE_FULL';
  };
  const lines = Array.from({ length: 60 }, (_, index) => `K${index}=v`).join('\n');
  const ended = await desk.run(['import', '-', '--json'], lines);
  assert.equal(ended.code, 1);
  const { secrets } = JSON.parse(ended.stdout) as { secrets: { outcome: string }[] };
  const count = (outcome: string) => secrets.filter((one) => one.outcome === outcome).length;
  assert.equal(count('added'), 20);
  assert.ok(count('failed') >= 1 && count('skipped') > 0);
  assert.equal(secrets.length, 60);
});

test('--dry-run puts nothing', async (t) => {
  const desk = await SecretDesk.open(t);
  desk.answers['listSecrets'] = { secrets: [secret('A')], nextPageToken: '' };
  const ended = await desk.run(['import', '-', '--dry-run'], 'A=1\nB=2\n');
  assert.equal(ended.code, 1);
  assert.match(ended.stdout, /^A +exists$/m);
  assert.match(ended.stdout, /^B +would add$/m);
  const update = await desk.run(['import', '-', '--dry-run', '--update'], 'A=1\n');
  assert.equal(update.code, 0);
  assert.match(update.stdout, /^A +would update$/m);
  assert.deepEqual([...new Set(desk.called)], ['listSecrets']);
});
