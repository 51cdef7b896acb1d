import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { type Client, durationFromMillis, isTenureError, RotationOutcome, TenureError } from '@tenure/client';
import { DeleteSecretResponse, LeaseSecretResponse } from '@tenure/client/gen/tenure/secret/v1/secret_service';
import { FakeDaemon, refusal } from './fake_daemon.js';
import { until } from './until.js';

const NOTHING = new Uint8Array(0);
const VALUE = 'correct-horse';

async function errorOf(deed: Promise<unknown>): Promise<TenureError> {
  const error = await deed.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof TenureError, `${error}`);
  return error;
}

/** Stops the daemon, and lets the client see that it has. */
async function stopNoticed(daemon: FakeDaemon, client: Client): Promise<void> {
  await daemon.stop();
  let seen = '';
  // Until then a call waits for its answer to the end of its time.
  while (!seen.includes('no daemon answers')) {
    seen = (await errorOf(client.secrets.listSecrets({}, { timeoutMs: 100 }))).message;
  }
}

test('fields left out are sent as their defaults, those of the commands too', async (context) => {
  const daemon = await FakeDaemon.start(context);
  daemon.secrets.run = (_, answer) => answer(null, { secret: undefined });
  const client = await daemon.client();
  const content = { $case: 'value', value: Buffer.from(VALUE) } as const;
  await client.secrets.putSecret({ name: 'a', content, commands: { rotate: './rotate', onRotate: undefined } });
  await client.secrets.updateSecret({ name: 'a', content: { $case: 'source', value: 'env:A' } });
  assert.deepEqual(daemon.secrets.received, [
    {
      method: 'putSecret',
      request: { name: 'a', content, commands: { rotate: './rotate', onRotate: '', onRevoke: '', onDelete: '' } },
    },
    {
      method: 'updateSecret',
      request: { name: 'a', content: { $case: 'source', value: 'env:A' }, commands: undefined },
    },
  ]);
});

test('a lease that breaks is asked for again with the same request id', async (context) => {
  const daemon = await FakeDaemon.start(context);
  daemon.secrets.run = (_, answer) => {
    if (daemon.secrets.received.length === 1) daemon.breakConnections();
    else answer(null, { ...LeaseSecretResponse.decode(NOTHING), value: Buffer.from(VALUE), version: 3n });
  };
  const client = await daemon.client();
  const { value, version } = await client.secrets.leaseSecret({ name: 'a', ttl: durationFromMillis(1_000) });
  assert.deepEqual([value.toString(), version], [VALUE, 3n]);
  const ids = daemon.secrets.received.map(({ request }) => Reflect.get(Object(request), 'requestId'));
  assert.equal(ids.length, 2);
  assert.equal(ids[0], ids[1]);
  assert.match(String(ids[0]), /./);
  await client.secrets.leaseSecret({ name: 'a', requestId: 'mine' });
  await client.secrets.leaseSecret({ name: 'a' });
  const [, , mine, other] = daemon.secrets.received.map(({ request }) => Reflect.get(Object(request), 'requestId'));
  assert.equal(mine, 'mine');
  assert.notEqual(other, ids[0]);
});

/** Calls that may be made any number of times. */
const HARMLESS: Readonly<Record<string, (client: Client) => Promise<unknown>>> = {
  initVault: ({ secrets }) => secrets.initVault(),
  deleteSecret: ({ secrets }) => secrets.deleteSecret({ name: 'a' }),
  listSecrets: ({ secrets }) => secrets.listSecrets(),
  revokeSecretLeases: ({ secrets }) =>
    secrets.revokeSecretLeases({ target: { target: { $case: 'namespace', value: 'team' } } }),
  listRevocations: ({ secrets }) => secrets.listRevocations(),
  forgetRevocation: ({ secrets }) => secrets.forgetRevocation({ leaseId: 'l1' }),
  bindEnvFile: ({ secrets }) => secrets.bindEnvFile({ path: '/a', marker: '# tenure:', ownerTokens: ['t'] }),
};

for (const [method, call] of Object.entries(HARMLESS)) {
  test(`${method} is made again after a break`, async (context) => {
    const daemon = await FakeDaemon.start(context);
    daemon.secrets.run = (_, answer) => {
      if (daemon.secrets.received.length === 1) daemon.breakConnections();
      // Any message will do: one without fields has the bytes of an empty one.
      else answer(null, emptyAnswer(method));
    };
    await call(await daemon.client());
    assert.deepEqual(
      daemon.secrets.received.map((one) => one.method),
      [method, method],
    );
  });
}

function emptyAnswer(method: string): object {
  if (method === 'deleteSecret') return DeleteSecretResponse.decode(NOTHING);
  return { created: true, recipient: 'age1', secrets: [], nextPageToken: '', revoked: [], revocations: [] };
}

/** Calls that would do a second thing, and where their doubt can be looked into. */
const ONCE: Readonly<Record<string, readonly [(client: Client) => Promise<unknown>, RegExp]>> = {
  putSecret: [
    ({ secrets }) => secrets.putSecret({ name: 'a', content: { $case: 'value', value: Buffer.from(VALUE) } }),
    /may be there: `tenure secret list`/,
  ],
  updateSecret: [
    ({ secrets }) => secrets.updateSecret({ name: 'a', content: { $case: 'value', value: Buffer.from(VALUE) } }),
    /may have been changed: `tenure secret list`/,
  ],
  rotateSecret: [
    ({ secrets }) => secrets.rotateSecret({ target: { $case: 'name', value: 'a' } }),
    /may have been done, or go on: `tenure secret list`/,
  ],
  killSwitch: [({ secrets }) => secrets.killSwitch({ revokeAll: true }), /may have done its work.*`tenure audit/],
};

for (const [method, [call, message]] of Object.entries(ONCE)) {
  test(`${method} is not made again after a break; the error says that it may be done, and where to look`, async (context) => {
    const daemon = await FakeDaemon.start(context);
    daemon.secrets.run = () => daemon.breakConnections();
    const client = await daemon.client();
    const error = await errorOf(call(client));
    assert.equal(error.reason, 'UNREACHABLE');
    assert.match(error.message, message);
    assert.ok(!error.message.includes(VALUE));
    assert.deepEqual(error.metadata, { maybe_done: 'true' });
    assert.equal(daemon.secrets.received.length, 1);
    // The client itself is as good as before.
    daemon.secrets.run = (_, answer) => answer(null, { secrets: [], nextPageToken: '' });
    await client.secrets.listSecrets();
  });
}

test('a daemon that is away before the call is waited for, and the call is made once', async (context) => {
  const daemon = await FakeDaemon.start(context);
  daemon.secrets.run = (_, answer) => answer(null, { secret: undefined });
  const client = await daemon.client();
  await stopNoticed(daemon, client);
  const putting = client.secrets.putSecret({ name: 'a' });
  await daemon.start();
  await putting;
  assert.equal(daemon.secrets.received.length, 1);
});

test('what the daemon refuses is no doubt, and not made again', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const client = await daemon.client();
  for (const [code, reason] of [
    [status.ALREADY_EXISTS, 'SECRET_EXISTS'],
    [status.UNAVAILABLE, 'SHUTTING_DOWN'],
  ] as const) {
    daemon.secrets.received.length = 0;
    daemon.secrets.run = (_, answer) => answer(refusal(code, reason));
    const error = await errorOf(client.secrets.putSecret({ name: 'a' }));
    assert.equal(error.reason, reason);
    assert.deepEqual(error.metadata, {});
    assert.equal(daemon.secrets.received.length, 1);
  }
});

test('a rotation outlasts the time limit of other calls, but not its own', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const rotations = [{ name: 'a', outcome: RotationOutcome.ROTATED, failure: '', version: 2n }];
  let finish: (() => void) | undefined;
  daemon.secrets.run = ({ method }, answer) => {
    if (method === 'rotateSecret') finish = () => answer(null, { rotations });
  };
  const client = await daemon.client(1_000);
  const rotating = client.secrets.rotateSecret({ target: { $case: 'all', value: true } });
  await until('the rotation arrives', () => finish !== undefined);
  // A call that is made later and given up shows that the ordinary limit has passed.
  assert.equal((await errorOf(client.secrets.listSecrets())).reason, 'UNREACHABLE');
  finish?.();
  assert.deepEqual((await rotating).rotations, rotations);

  const error = await errorOf(client.secrets.killSwitch({ revokeAll: true }, { timeoutMs: 500 }));
  assert.equal(error.reason, 'UNREACHABLE');
  assert.deepEqual(error.metadata, { maybe_done: 'true' });
});

test('a daemon that stays away is given up in the ordinary time, without a doubt', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const client = await daemon.client(1_000);
  await stopNoticed(daemon, client);
  daemon.secrets.received.length = 0;
  const calls = [client.secrets.killSwitch({ revokeAll: true }), client.secrets.leaseSecret({ name: 'a' })];
  for (const error of await Promise.all(calls.map(errorOf))) {
    assert.equal(error.reason, 'UNREACHABLE');
    assert.equal(error.metadata['maybe_done'], undefined);
  }
  assert.deepEqual(daemon.secrets.received, []);
});

test('an abort ends the call', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const controller = new AbortController();
  daemon.secrets.run = () => controller.abort();
  const client = await daemon.client();
  const error = await errorOf(client.secrets.killSwitch({ revokeAll: true }, { signal: controller.signal }));
  assert.ok(isTenureError(error, 'CANCELLED'));
});
