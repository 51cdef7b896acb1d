import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Handover } from '@tenure/client/gen/tenure/lease/v1/lease';
import fc from 'fast-check';
import { readArguments } from '../../src/daemon/arguments.js';
import { Closers } from '../../src/daemon/closers.js';
import { DEFAULT_CONFIG } from '../../src/daemon/config/config.js';
import { formatDuration, parseDuration } from '../../src/daemon/config/duration.js';
import { eventCommand } from '../../src/daemon/event_sinks.js';
import { policyTable } from '../../src/daemon/lease_policies.js';
import { roleOf } from '../../src/daemon/peer_roles.js';
import { ReadyPipe } from '../../src/daemon/ready_pipe.js';
import { isActivated } from '../../src/daemon/socket_activation.js';
import { idInDatabase } from '../../src/daemon/user_database.js';
import { didYouMean } from '../../src/rpc/did_you_mean.js';

describe('durations', () => {
  test('are what people write', () => {
    const written: readonly (readonly [unknown, number | undefined])[] = [
      ['90s', 90_000],
      ['1h30m', 5_400_000],
      ['1.5s', 1_500],
      ['500ms', 500],
      ['1d', 86_400_000],
      [90, 90_000],
      [0.25, 250],
      ['90', undefined],
      ['5 m', undefined],
      ['5min', undefined],
      ['-5s', undefined],
      ['', undefined],
      [-1, undefined],
      [Number.NaN, undefined],
      [true, undefined],
      [null, undefined],
    ];
    for (const [text, milliseconds] of written) assert.equal(parseDuration(text), milliseconds, String(text));
  });

  test('are read as they were written', () => {
    fc.assert(fc.property(fc.nat(), (value) => assert.equal(parseDuration(formatDuration(value)), value)));
  });
});

test('what was meant is found by spelling or beginning, and nothing far from it', () => {
  const keys = ['defaultTtl', 'maxTtl', 'terminateGrace', 'history'];
  assert.equal(didYouMean('default_ttl', keys), 'defaultTtl');
  assert.equal(didYouMean('defualtTtl', keys), 'defaultTtl');
  assert.equal(didYouMean('hist', keys), 'history');
  assert.equal(didYouMean('server', keys), undefined);
  assert.equal(didYouMean('x'.repeat(1_000_000), keys), undefined);
});

test('own uid and root may do all; for others the first rule that fits decides, else they may do nothing', () => {
  const rules = [
    { match: { kind: 'gid', id: 50 }, role: 'viewer' },
    { match: { kind: 'uid', id: 7 }, role: 'client' },
    { match: { kind: 'uid', id: 1_000 }, role: 'viewer' },
  ] as const;
  assert.equal(roleOf({ uid: 1_000, gid: 1_000, inSession: false }, 1_000, rules), 'operator');
  assert.equal(roleOf({ uid: 0, gid: 0, inSession: false }, 1_000, rules), 'operator');
  assert.equal(roleOf({ uid: 1_000, gid: 1_000, inSession: true }, 1_000, rules), 'client');
  assert.equal(roleOf({ uid: 7, gid: 50, inSession: true }, 1_000, rules), 'viewer');
  assert.equal(roleOf({ uid: 7, gid: 7, inSession: false }, 1_000, rules), 'client');
  assert.equal(roleOf({ uid: 7, gid: 50, inSession: false }, 1_000, rules), 'viewer');
  assert.equal(roleOf({ uid: 50, gid: 7, inSession: false }, 1_000, rules), undefined);
});

test('policies: the first pattern that matches, then secrets, then the defaults', () => {
  const { leases } = DEFAULT_CONFIG;
  const own = { ...leases.policies[0], pattern: 'gpu/*', defaultTtlMs: 5, maxTtlMs: 6, handover: 'wait' } as const;
  const full = { capacity: 3, maxHoldMs: undefined, allow: [7] };
  const table = policyTable({
    ...DEFAULT_CONFIG,
    leases: { ...leases, policies: [{ ...own, ...full }, ...leases.policies] },
  });
  assert.deepEqual(table.of('gpu/0'), {
    pattern: 'gpu/*',
    defaultTtlMs: 5,
    maxTtlMs: 6,
    capacity: 3,
    handover: Handover.WAIT,
    maxHoldMs: undefined,
    allow: { uids: [7] },
  });
  assert.equal(table.of('secret/a/b').defaultTtlMs, 3_600_000);
  assert.equal(table.of('anything').defaultTtlMs, 60_000);
});

test('policies: no wide pattern of the user takes the limits of sessions away', () => {
  const { leases, sessions } = DEFAULT_CONFIG;
  const wide = { ...leases.policies[0], pattern: '**', defaultTtlMs: 5, maxTtlMs: 6, handover: 'wait' } as const;
  const policy = { ...wide, capacity: undefined, maxHoldMs: undefined, allow: undefined };
  const table = policyTable({
    ...DEFAULT_CONFIG,
    leases: { ...leases, policies: [policy] },
    sessions: { ...sessions, limit: 5, agents: [{ name: 'codex', limit: 2 }] },
  });
  assert.deepEqual(
    ['sessions', 'agent/codex', 'else'].map((resource) => table.of(resource).capacity),
    [5, 2, undefined],
  );
});

test('all is closed, the last first, whatever fails', async () => {
  const closed: string[] = [];
  const faults: string[] = [];
  const closers = new Closers((name) => faults.push(name));
  closers.add('first', () => void closed.push('first'));
  closers.add('broken', () => Promise.reject(new Error('no')));
  closers.add('last', async () => {
    await new Promise((resolve) => setImmediate(resolve));
    closed.push('last');
  });
  await closers.closeAll();
  await closers.closeAll();
  assert.deepEqual([closed, faults], [['last', 'first'], ['broken']]);
});

test('events go to joelclaw where it is on PATH, to a command of one’s own, or nowhere', () => {
  const find = (name: string) => (name === 'joelclaw' ? '/bin/joelclaw' : undefined);
  assert.deepEqual(eventCommand('on', find), ['/bin/joelclaw', 'otel', 'emit']);
  assert.equal(
    eventCommand('on', () => undefined),
    undefined,
  );
  assert.equal(eventCommand('off', find), undefined);
  assert.deepEqual(eventCommand(['notify', '--fast'], find), ['notify', '--fast']);
});

test('a configuration named on the command line is found from where it was named', () => {
  assert.equal(readArguments(['--config', 'a.yaml'], '/work').configPath, '/work/a.yaml');
  assert.equal(readArguments(['--config=/b.yaml'], '/work').configPath, '/b.yaml');
  assert.throws(() => readArguments(['stray'], '/'), /stray[\s\S]*usage/);
});

test('a name in the user database is a whole name', () => {
  const passwd = 'root:x:0:0::/root:/bin/sh\nroots:x:5:5::/:/bin/sh\nbad:x::5::/:\n';
  assert.equal(idInDatabase(passwd, 'root'), 0);
  assert.equal(idInDatabase(passwd, 'roots'), 5);
  assert.equal(idInDatabase(passwd, 'oot'), undefined);
  assert.equal(idInDatabase(passwd, 'bad'), undefined);
});

describe('what the starter passes in the environment', () => {
  test('is for this process alone: its children do not see it', () => {
    const environment: NodeJS.ProcessEnv = { LISTEN_PID: '7', LISTEN_FDS: '1', TENURE_READY_FD: '-3', PATH: '/bin' };
    assert.equal(isActivated(environment, 7), true);
    new ReadyPipe(environment).tell({ ready: true, pid: 7, socketPath: '/s' });
    assert.deepEqual(environment, { PATH: '/bin' });
  });

  test('sockets that systemd passed to another process are not taken, nor are several', () => {
    assert.equal(isActivated({ LISTEN_PID: '8', LISTEN_FDS: '1' }, 7), false);
    assert.throws(() => isActivated({ LISTEN_PID: '7', LISTEN_FDS: '2' }, 7), /one ListenStream/);
  });

  test('a ready pipe whose reader has gone is no fault', () => {
    // 999,999 is no descriptor of this process.
    const pipe = new ReadyPipe({ TENURE_READY_FD: '999999' });
    assert.equal(pipe.tell({ ready: true, pid: 1, socketPath: '/s' }), 'EBADF');
    assert.equal(pipe.tell({ ready: true, pid: 1, socketPath: '/s' }), undefined);
  });
});
