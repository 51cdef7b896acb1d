import assert from 'node:assert/strict';
import { createConnection } from 'node:net';
import { describe, test } from 'node:test';
import { type AcquireLeaseFields, type Client, isTenureError, type Reason } from '@tenure/client';
import { until } from './until.js';
import { DAEMON, World } from './world.js';

async function refusal(deed: Promise<unknown>): Promise<Reason> {
  try {
    await deed;
  } catch (error) {
    assert.ok(isTenureError(error), `${error}`);
    assert.notEqual(error.message, '');
    return error.reason;
  }
  return assert.fail('it was not refused');
}

const wish = (resource: string): AcquireLeaseFields => ({ wishes: [{ resource }] });
const seconds = (amount: number) => ({ seconds: BigInt(amount), nanos: 0 });

/** Requests that no daemon may accept, each with its reason. */
const REFUSED: Readonly<Record<string, readonly [AcquireLeaseFields, Reason]>> = {
  'an empty resource': [wish(''), 'INVALID_FIELD'],
  'a resource of 1,025 bytes': [wish('x'.repeat(1_025)), 'INVALID_FIELD'],
  'a control character': [wish('a\u0007b'), 'INVALID_FIELD'],
  'an empty segment': [wish('a//b'), 'INVALID_FIELD'],
  'a reserved prefix': [wish('secret/github'), 'RESERVED_RESOURCE'],
  'no wish': [{ wishes: [] }, 'INVALID_FIELD'],
  'the same resource twice': [{ wishes: [{ resource: 'a' }, { resource: 'a' }] }, 'INVALID_FIELD'],
  '65 wishes': [{ wishes: Array.from({ length: 65 }, (_, index) => ({ resource: `r${index}` })) }, 'INVALID_FIELD'],
  'a TTL of zero': [{ ...wish('a'), ttl: seconds(0) }, 'TTL_OUT_OF_RANGE'],
  'a TTL beyond the maximum': [{ ...wish('a'), ttl: seconds(48 * 3600) }, 'TTL_OUT_OF_RANGE'],
  'an unknown mode': [{ wishes: [{ resource: 'a', mode: 9 as 1 }] }, 'INVALID_FIELD'],
  'a capacity of zero': [{ wishes: [{ resource: 'a', capacity: 0 }] }, 'INVALID_FIELD'],
  'a priority of 101': [{ ...wish('a'), priority: 101 }, 'INVALID_FIELD'],
  'a reason of 1,025 bytes': [{ ...wish('a'), reason: 'x'.repeat(1_025) }, 'INVALID_FIELD'],
  'a metadata flood': [
    { ...wish('a'), metadata: new Map(Array.from({ length: 33 }, (_, index) => [`k${index}`, 'v'])) },
    'INVALID_FIELD',
  ],
  'an attached process that is gone': [{ ...wish('a'), attachPids: [2 ** 22 + 1] }, 'NOT_ATTACHABLE'],
};

async function stillServes(client: Client): Promise<void> {
  const { results } = await client.leases.acquireLease(wish('proof'));
  const outcome = results[0]?.outcome;
  assert.equal(outcome?.$case, 'granted');
  await client.leases.releaseLease({ ownerToken: outcome.value.ownerToken });
}

describe('bad input', () => {
  test('each kind of bad acquire has its reason, and nothing is granted', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const client = await world.connect();
    const reasons: Record<string, Reason> = {};
    for (const [name, [request]] of Object.entries(REFUSED)) {
      reasons[name] = await refusal(client.leases.acquireLease(request));
    }
    const expected = Object.fromEntries(Object.entries(REFUSED).map(([name, [, reason]]) => [name, reason]));
    assert.deepEqual(reasons, expected);
    assert.deepEqual((await client.leases.listLeases()).leases, []);
    await stillServes(client);
  });

  test('wrong tokens, gone leases, empty targets', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const client = await world.connect();
    const { results } = await client.leases.acquireLease(wish('a'));
    const outcome = results[0]?.outcome;
    assert.equal(outcome?.$case, 'granted');
    const { ownerToken, inheritToken } = outcome.value;
    const forged = `${ownerToken.slice(0, -1)}${ownerToken.endsWith('A') ? 'B' : 'A'}`;
    assert.equal(await refusal(client.leases.renewLease({ ownerToken: forged })), 'WRONG_TOKEN');
    assert.equal(await refusal(client.leases.releaseLease({ ownerToken: inheritToken })), 'WRONG_TOKEN');
    assert.equal(await refusal(client.leases.getLease({ leaseId: 'l1' })), 'LEASE_NOT_FOUND');
    assert.equal(await refusal(client.leases.revokeLeases({})), 'INVALID_FIELD');
    await client.leases.releaseLease({ ownerToken });
    const again = await client.leases.releaseLease({ ownerToken });
    assert.equal(again.outcome?.$case, 'ended');
    const renewed = await client.leases.renewLease({ ownerToken });
    assert.equal(renewed.outcome?.$case, 'ended');
    await stillServes(client);
  });

  test('garbage, silence and oversize on the socket leave the daemon as it was', async (t) => {
    const world = new World(t);
    const daemon = await world.startDaemon();
    const client = await world.connect();
    const silent = createConnection(world.socketPath);
    const garbage = createConnection(world.socketPath);
    for (const socket of [silent, garbage]) socket.on('error', () => socket.destroy());
    garbage.write(Buffer.alloc(64 * 1024, 'GET / HTTP/1.1\r\n'));
    await until('the daemon to close it', () => garbage.destroyed || garbage.readableEnded);
    const metadata = new Map([['k', 'x'.repeat(32 * 1024 * 1024)]]);
    await refusal(client.leases.acquireLease({ ...wish('a'), metadata }));
    await stillServes(client);
    silent.destroy();
    garbage.destroy();
    assert.ok(daemon.isRunning);
  });

  test('a configuration with five faults is refused with all five and their lines', async (t) => {
    const faults = [
      'loging: {}',
      'leases:',
      '  defaultTtl: soon',
      '  maxTtl: -1',
      '  policies:',
      '    - pattern: a//b',
      '      capacity: 0',
    ];
    const world = new World(t, { config: faults.join('\n') });
    const ended = await world.start(process.execPath, [DAEMON]).ended;
    assert.equal(ended.code, 78);
    const lines = [...ended.stderr.matchAll(/^ *line (\d+): /gm)].map((match) => Number(match[1]));
    assert.deepEqual(lines, [1, 3, 4, 6, 7], ended.stderr);
  });
});

describe('bad usage of the command line', () => {
  for (const [args, code] of [
    [['run'], 64],
    [['run', 'a'], 64],
    [['run', 'a', '--wait', 'soon', '--', 'true'], 64],
    [['run', '', '--', 'true'], 64],
    [['run', 'a', '--mode', 'both', '--', 'true'], 64],
    [['no-such-command'], 64],
    [['lease', 'revoke'], 64],
    [['run', 'a', '--', '/no/such/program'], 127],
    [['run', 'a', '--', '/'], 126],
  ] as const) {
    test(`tenure ${args.join(' ')} ends with ${code}`, async (t) => {
      const world = new World(t);
      const ended = await world.run(args);
      assert.equal(ended.code, code, ended.stderr);
      assert.notEqual(ended.stderr, '');
      assert.equal(ended.stdout, '');
    });
  }
});
