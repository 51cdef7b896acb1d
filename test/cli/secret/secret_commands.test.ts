import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Lease, Lease as LeaseMessage, RotationOutcome } from '@tenure/client';
import { leased, revocation, SecretDesk, secret } from './secret_desk.js';

const VALUE = 'hunter2-marker';
const { ROTATED, FAILED, NOT_CONFIGURED } = RotationOutcome;

function lease(leaseId: string, resource: string): Lease {
  const expireTime = { seconds: 1_700_000_000n, nanos: 0 };
  return { ...LeaseMessage.decode(new Uint8Array(0)), leaseId, resource, clientId: 'c', expireTime };
}

test('lease prints the value and a line end, its bytes alone, or the envelope', async (context) => {
  const desk = await SecretDesk.open(context);
  desk.answers['leaseSecret'] = leased(Buffer.from(VALUE), lease('l1', 'secret/a'));
  const plain = await desk.run(['lease', 'a', '--ttl', '15m', '--client-id', 'me', '--reason', 'test']);
  assert.deepEqual([plain.code, plain.stdout, plain.stderr], [0, `${VALUE}\n`, '']);
  const request = desk.requestOf('leaseSecret');
  assert.deepEqual(
    { ...Object(request), requestId: '' },
    {
      name: 'a',
      clientId: 'me',
      ttl: { seconds: 900n, nanos: 0 },
      reason: 'test',
      requestId: '',
      refuseInUse: false,
    },
  );
  assert.equal((await desk.run(['lease', 'a', '--raw'])).stdout, VALUE);
  const { lease: shown, ...envelope } = JSON.parse((await desk.run(['lease', 'a', '--json'])).stdout);
  assert.equal(shown.leaseId, 'l1');
  assert.deepEqual(envelope, {
    name: 'a',
    value: VALUE,
    version: '3',
    replaced: false,
    token: 'tno_1',
    expireTime: '2023-11-14T22:13:20Z',
  });
});

test('a value that is no text goes out byte for byte, and as base64 in JSON', async (context) => {
  const desk = await SecretDesk.open(context);
  const bytes = Buffer.from([0xff, 0x00, 0x0a, 0xfe]);
  desk.answers['leaseSecret'] = leased(bytes);
  const { value, valueBase64 } = JSON.parse((await desk.run(['lease', 'a', '--json'])).stdout);
  assert.deepEqual([value, valueBase64], [undefined, bytes.toString('base64')]);
  for (const [args, hex] of [
    ['', 'ff000afe0a'],
    ['--raw', 'ff000afe'],
  ]) {
    const piped = desk.world.start('sh', ['-c', `tenure secret lease a ${args} | od -An -v -tx1`]);
    assert.equal((await piped.ended).stdout.replaceAll(/\s/g, ''), hex);
  }
});

test('list pages through, and shows what can not be revoked', async (context) => {
  const desk = await SecretDesk.open(context);
  desk.answers['listSecrets'] = (request) =>
    Reflect.get(Object(request), 'pageToken') === ''
      ? { secrets: [secret('team/a', { activeLeases: 3, version: 7n })], nextPageToken: 'team/a' }
      : { secrets: [secret('team/b', { source: `exec:${'x'.repeat(100)}` })], nextPageToken: '' };
  desk.answers['listRevocations'] = {
    revocations: [
      revocation('l8', 'team/a', { attempts: 7, irrevocable: true, lastFailure: 'ended with exit code 1' }),
      revocation('l9', 'other/a'),
    ],
  };
  const { code, stdout } = await desk.run(['list', 'team']);
  assert.equal(code, 0);
  const lines = stdout.split('\n').map((line) => line.split(/ {2,}/));
  assert.deepEqual(lines[0], ['NAME', 'SOURCE', 'VERSION', 'LEASES', 'UPDATED', 'ROTATED']);
  assert.deepEqual(lines[1], ['team/a', 'vault:', '7', '3', 'never']);
  assert.deepEqual(lines[2]?.slice(0, 2), ['team/b', `exec:${'x'.repeat(42)}…`]);
  assert.deepEqual(lines[5], ['l8', 'team/a', 'c', '7, irrevocable', 'now', 'ended with exit code 1']);
  assert.ok(!stdout.includes('l9'));
  const { secrets, revocations } = JSON.parse((await desk.run(['list', '--json'])).stdout);
  assert.deepEqual(
    secrets.map((one: { name: string }) => one.name),
    ['team/a', 'team/b'],
  );
  assert.deepEqual(revocations[0], {
    leaseId: 'l8',
    name: 'team/a',
    clientId: 'c',
    attempts: 7,
    lastFailure: 'ended with exit code 1',
    irrevocable: true,
  });
});

test('revoke names its leases; --force gives up on the command of one that is long gone', async (context) => {
  const desk = await SecretDesk.open(context);
  desk.answers['revokeSecretLeases'] = { revoked: [lease('l1', 'secret/team/a')] };
  const { code, stdout } = await desk.run(['revoke', '--namespace', 'team', '--reason', 'leaked']);
  assert.equal(code, 0);
  assert.match(stdout, /^NAME +LEASE +CLIENT +TAKEN BY\nteam\/a +l1 +c +an unknown process\n$/);
  assert.deepEqual(desk.requestOf('revokeSecretLeases'), {
    target: { target: { $case: 'namespace', value: 'team' } },
    reason: 'leaked',
  });
  assert.ok(!desk.called.includes('forgetRevocation'));

  desk.answers['revokeSecretLeases'] = 'LEASE_NOT_FOUND';
  const gone = await desk.run(['revoke', 'l8']);
  assert.equal(gone.code, 76);
  assert.match(gone.stderr, /--force gives up on the command/);
  desk.answers['forgetRevocation'] = { forgotten: revocation('l8', 'team/a', { attempts: 7 }) };
  const forced = await desk.run(['revoke', 'l8', '--force']);
  assert.deepEqual([forced.code, forced.stdout], [0, 'the command for team/a is given up after 7 tries\n']);
  desk.answers['forgetRevocation'] = { forgotten: undefined };
  assert.equal((await desk.run(['revoke', 'l8', '--force'])).code, 76);

  desk.daemon.secrets.received.length = 0;
  for (const args of [[], ['l1', '--all'], ['--name', 'a', '--client-id', 'c'], ['--all', '--force']]) {
    assert.equal((await desk.run(['revoke', ...args])).code, 64, args.join(' '));
  }
  assert.deepEqual(desk.called, []);
});

test('rotate ends with 1 where a rotation failed, or what runs after it', async (context) => {
  const desk = await SecretDesk.open(context);
  const rotation = (name: string, outcome: RotationOutcome, failure = '') => ({ name, outcome, failure, version: 2n });
  desk.answers['rotateSecret'] = { rotations: [rotation('a', ROTATED), rotation('b', NOT_CONFIGURED)] };
  const good = await desk.run(['rotate', '--all', '--revoke-leases']);
  assert.equal(good.code, 0);
  assert.match(good.stdout, /\na +rotated +2\nb +not configured +2\n$/);
  assert.deepEqual(desk.requestOf('rotateSecret'), { target: { $case: 'all', value: true }, revokeLeases: true });
  for (const bad of [rotation('c', FAILED, 'ended with exit code 3'), rotation('c', ROTATED, 'on_rotate ended')]) {
    desk.answers['rotateSecret'] = { rotations: [rotation('a', ROTATED), bad] };
    const { code, stdout } = await desk.run(['rotate', '--namespace', 'team', '--json']);
    assert.equal(code, 1);
    assert.equal(JSON.parse(stdout).rotations[1].failure, bad.failure);
  }
  desk.answers['rotateSecret'] = 'ROTATION_FAILED';
  assert.equal((await desk.run(['rotate', 'a'])).code, 1);
  assert.equal((await desk.run(['rotate'])).code, 64);
  assert.equal((await desk.run(['rotate', 'a', '--all'])).code, 64);
});

test('the kill switch tells all that it did, and of failures on standard error', async (context) => {
  const desk = await SecretDesk.open(context);
  desk.answers['killSwitch'] = {
    revokedLeases: 1,
    rotations: [{ name: 'a', outcome: FAILED, failure: 'ended with exit code 3', version: 2n }],
    vaultWiped: true,
    failures: [{ step: 'rotate', name: 'a', message: 'ended with exit code 3' }],
  };
  const all = ['killswitch', '--revoke', '--rotate', '--wipe', '--reason', 'stolen'];
  const unsure = await desk.run(all);
  assert.equal(unsure.code, 64);
  assert.match(unsure.stderr, /say --yes where there is no terminal/);
  assert.deepEqual(desk.called, []);

  const { code, stdout, stderr } = await desk.run([...all, '--yes']);
  assert.equal(code, 1);
  assert.match(stdout, /^1 lease revoked\nNAME [\s\S]*\na +failed +2 +ended with exit code 3\nthe vault is wiped\n$/);
  assert.equal(stderr, 'tenure: rotate a: ended with exit code 3\n');
  assert.deepEqual(desk.requestOf('killSwitch'), {
    revokeAll: true,
    rotateAll: true,
    wipeVault: true,
    reason: 'stolen',
  });
  const json = await desk.run([...all, '--yes', '--json']);
  assert.equal(json.code, 1);
  assert.deepEqual(JSON.parse(json.stdout).failures, [
    { step: 'rotate', name: 'a', message: 'ended with exit code 3' },
  ]);

  desk.answers['killSwitch'] = { revokedLeases: 0, rotations: [], vaultWiped: false, failures: [] };
  const revoked = await desk.run(['killswitch', '--revoke', '--yes']);
  assert.deepEqual([revoked.code, revoked.stdout, revoked.stderr], [0, '0 leases revoked\n', '']);
  assert.equal((await desk.run(['killswitch', '--yes'])).code, 64);
});

test('rm goes on behind a name that is not there', async (context) => {
  const desk = await SecretDesk.open(context);
  desk.answers['deleteSecret'] = (request) => {
    switch (Reflect.get(Object(request), 'name')) {
      case 'missing':
        return 'SECRET_NOT_FOUND';
      case 'hooked':
        return { revokedLeases: 0, hookFailure: 'ended with exit code 1' };
      default:
        return { revokedLeases: 2, hookFailure: '' };
    }
  };
  const good = await desk.run(['rm', 'a']);
  assert.deepEqual([good.code, good.stdout], [0, 'a: deleted, 2 leases revoked\n']);
  const alone = await desk.run(['rm', 'missing']);
  assert.equal(alone.code, 66);
  assert.match(alone.stderr, /tenure secret list/);
  const mixed = await desk.run(['rm', 'missing', 'a']);
  assert.deepEqual([mixed.code, mixed.stdout], [1, 'a: deleted, 2 leases revoked\n']);
  assert.match(mixed.stderr, /^tenure: missing: /);
  const hooked = await desk.run(['rm', 'hooked', '--json']);
  assert.equal(hooked.code, 1);
  assert.deepEqual(JSON.parse(hooked.stdout), {
    deleted: [{ name: 'hooked', revokedLeases: 0, hookFailure: 'ended with exit code 1' }],
    failures: [],
  });
});

test('init says what is there', async (context) => {
  const desk = await SecretDesk.open(context);
  desk.answers['initVault'] = { created: true, recipient: 'age1x' };
  assert.equal((await desk.run(['init'])).stdout, 'the vault is made; it encrypts for age1x\n');
  desk.answers['initVault'] = { created: false, recipient: 'age1x' };
  assert.equal((await desk.run(['init'])).stdout, 'there was a vault before; it encrypts for age1x\n');
  assert.equal((await desk.run(['init', '--json'])).stdout, '{"created":false,"recipient":"age1x"}\n');
});

test('reasons of secrets come with what to do, and the documented exit codes', async (context) => {
  const desk = await SecretDesk.open(context);
  for (const [reason, code, hint] of [
    ['VAULT_NOT_INITIALIZED', 66, /tenure secret init/],
    ['SECRET_NOT_FOUND', 66, /tenure secret list/],
    ['SOURCE_FAILED', 1, /tenure secret list/],
    ['SECRETS_SEALED', 77, /tenure health/],
    ['VAULT_NOT_WRITTEN', 69, /tenure daemon logs/],
  ] as const) {
    desk.answers['leaseSecret'] = reason;
    const ended = await desk.run(['lease', 'a', '--json']);
    const { error } = JSON.parse(ended.stdout);
    assert.deepEqual([ended.code, error.reason], [code, reason]);
    assert.match(error.hint, hint);
  }
});
