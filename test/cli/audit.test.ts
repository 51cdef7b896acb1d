import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { AuditLog } from '../../src/telemetry/audit_log.js';
import type { TenureEvent } from '../../src/telemetry/events.js';
import { serveAudit } from '../audit/audit_server.js';
import { World } from '../e2e/world.js';
import { AuditWorld, eventOf, range } from '../telemetry/audit_world.js';

const MINUTE_MS = 60_000;

interface Audited {
  readonly log: AuditLog;
  /** Writes an entry of so many minutes ago. */
  note(minutesAgo: number, event: Partial<TenureEvent>): void;
  run(...args: string[]): ReturnType<World['run']>;
  follow(...args: string[]): ReturnType<World['tenure']>;
}

/** An audit log that the command line can ask for. */
async function audited(t: TestContext): Promise<Audited> {
  const files = new AuditWorld(t);
  const log = files.open({ wallMs: () => files.nowMs });
  const env = { TENURE_SOCKET: await serveAudit(t, log), TZ: 'UTC' };
  const world = new World(t);
  return {
    log,
    note: (minutesAgo, event) => {
      files.nowMs = Date.now() - minutesAgo * MINUTE_MS;
      log.emit(eventOf(event));
    },
    run: (...args) => world.run(['audit', ...args], { env }),
    follow: (...args) => world.tenure(['audit', '--follow', ...args], { env }),
  };
}

const actor = { uid: process.getuid?.() ?? 0, pid: 812, executable: '/usr/bin/node', script: 'sync.js' };

test('people read a line an entry: when, whether, what, whose, by whom', async (t) => {
  const { note, run } = await audited(t);
  const metadata = { resource: 'secret/team/token', clientId: 'ci', leaseId: 'l1', ttlMs: 900, note: 'two words' };
  note(3, { actor, metadata });
  note(2, { success: false, actor: { ...actor, uid: 12345 }, metadata: { reason: 'TTL_OUT_OF_RANGE' } });
  note(1, { action: 'daemon.reloaded', metadata: { message: 'a\u001b[2Jb', note: 'a \u009b2Jb' } });
  const { code, stdout, stderr } = await run();
  assert.deepEqual([code, stderr], [0, '']);
  const [first, second, third, end] = stdout.split('\n');
  assert.match(
    first ?? '',
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}✓ +secret\.leased +secret\/team\/token {2}client ci {2}pid 812 node sync\.js {2}l1 {2}ttlMs=900 note="two words"$/,
  );
  assert.match(second ?? '', / {2}failed {2}secret\.leased +uid 12345 pid 812 node sync\.js {2}TTL_OUT_OF_RANGE$/);
  assert.match(third ?? '', / {2}✓ +daemon\.reloaded +tenured {2}message=a\\x1b\[2Jb note="a \\x9b2Jb"$/);
  assert.equal(end, '');
});

test('--json is a line an entry, with every field', async (t) => {
  const { note, run } = await audited(t);
  note(1, { actor, metadata: { resource: 'secret/a', clientId: 'ci', leaseId: 'l1', version: 2 } });
  note(0, { action: 'secret.rotated', success: false });
  const { stdout } = await run('--json');
  const [first, second] = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.match(first.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/);
  assert.deepEqual(
    { ...first, time: '' },
    {
      sequence: '1',
      time: '',
      action: 'secret.leased',
      success: true,
      actor,
      clientId: 'ci',
      resource: 'secret/a',
      leaseId: 'l1',
      reason: '',
      details: { version: '2' },
    },
  );
  assert.deepEqual([second.sequence, second.success, second.actor], ['2', false, undefined]);
});

test('filters are the daemon’s, and the newest are the last', async (t) => {
  const { note, run } = await audited(t);
  for (const minute of range(1, 30).reverse()) {
    const action = minute % 2 === 0 ? 'secret.leased' : 'lease.revoked';
    note(minute, { action, metadata: { clientId: `c${minute % 3}`, resource: `secret/r${minute % 5}` } });
  }
  /** How many minutes ago the found ones were, which is their sequence from the end. */
  const found = async (...args: string[]): Promise<number[]> => {
    const { code, stdout } = await run('--json', ...args);
    assert.equal(code, 0, stdout);
    const lines = stdout.split('\n').slice(0, -1);
    return lines.map((line) => 31 - Number(JSON.parse(line).sequence));
  };
  const minutes = range(1, 30).reverse();
  assert.deepEqual(await found('--since', '10m30s'), range(1, 10).reverse());
  assert.deepEqual(await found('--since', '10m30s', '--until', '5m30s'), range(6, 10).reverse());
  assert.deepEqual(
    await found('--action', 'secret', '--client', 'c0'),
    minutes.filter((minute) => minute % 6 === 0),
  );
  assert.deepEqual(await found('--action', 'secret.leased', '--action', 'lease.revoked'), minutes);
  assert.deepEqual(
    await found('--resource', 'secret/r1', '--tail', '2'),
    minutes.filter((minute) => minute % 5 === 1).slice(-2),
  );
  assert.deepEqual(await found('--resource', 'secret/r'), []);
});

test('a log without what was asked for says so to people, and nothing to scripts', async (t) => {
  const { run } = await audited(t);
  assert.equal((await run()).stdout, 'no entries\n');
  assert.equal((await run('--json')).stdout, '');
});

test('--follow goes on with what comes, after all or the newest of what there is', async (t) => {
  const { log, note, follow } = await audited(t);
  for (const minute of range(1, 2_500).reverse()) note(minute, { metadata: { text: `old${minute}` } });
  log.flush();
  const [all, newest, coming] = [follow(), follow('--tail', '1'), follow('--tail', '0', '--json')];
  await all.line(/text=old1$/);
  await newest.line(/text=old1$/);
  // Shows nothing of its own accord: what is noted again and again comes at last.
  const ticking = setInterval(() => note(0, { metadata: { text: 'new' } }), 20);
  t.after(() => clearInterval(ticking));
  for (const watch of [all, newest]) await watch.line(/text=new$/);
  await coming.line(/"text":"new"/);
  assert.equal(all.output().match(/text=old/g)?.length, 2_500);
  assert.equal(newest.output().match(/text=old/g)?.length, 1);
  assert.doesNotMatch(coming.output(), /old/);
  for (const watch of [all, newest, coming]) assert.equal(watch.output(2), '');
});

test('what makes no sense is refused before the daemon is asked', async (t) => {
  const world = new World(t);
  for (const [args, message] of [
    [['--since', 'yesterday'], /is no moment; write how long ago/],
    [['--follow', '--until', '1h'], /--follow has no end; leave out --until/],
    [['--since', '1h', '--until', '2h'], /--since must be before --until/],
    [['--tail', '-1'], /is no count; it must be a whole number from 0/],
  ] as const) {
    const { code, stderr } = await world.run(['audit', ...args], { env: { TENURE_AUTOSTART: '0' } });
    assert.equal(code, 64);
    assert.match(stderr, message);
  }
});
