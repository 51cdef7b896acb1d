import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { durationFromMillis } from '@tenure/client';
import { untilFree } from './lease_views.js';
import { OtlpReceiver, type ReceivedSpan } from './otlp_receiver.js';
import { scrape } from './scrape.js';
import { until } from './until.js';
import { World } from './world.js';

const MARKER = 'marker-5b1f9c-value';
const PROMPT = 'marker-5b1f9c-prompt';

/** `daemon < client < command` and so on, up to where the trace begins. */
function lineage(receiver: OtlpReceiver, span: ReceivedSpan): string[] {
  const parent = receiver.parentOf(span);
  return [`${span.service} ${span.name}`, ...(parent === undefined ? [] : lineage(receiver, parent))];
}

describe('telemetry', () => {
  test('one trace holds a command, what the daemon does for it, and the acquire of a child that inherits', async (t) => {
    const receiver = await OtlpReceiver.open(t);
    const world = new World(t, { env: receiver.environment });
    await world.startDaemon();
    const given = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const ended = await world.run(['run', 'a', '--', 'sh', '-c', 'echo "$TRACEPARENT"; tenure run a -- true'], {
      env: { TRACEPARENT: given },
    });
    assert.equal(ended.code, 0, ended.stderr);
    await untilFree(await world.connect(), 'a');
    const traceId = given.split('-')[1];
    assert.equal(ended.stdout.split('-')[1], traceId, 'the command goes on with the trace');
    const commit = await receiver.span('the commit of the grant', (span) => {
      if (span.name !== 'tenure.store.commit') return false;
      return receiver.parentOf(span)?.attributes['tenure.outcome'] === 'granted';
    });
    const release = await receiver.span(
      'the release',
      ({ service, name }) => `${service} ${name}` === 'tenured tenure.lease.release',
    );
    const inherited = await receiver.span(
      'the acquire of the child',
      ({ service, attributes }) => service === 'tenured' && attributes['tenure.outcome'] === 'inherited',
    );
    const outer = await receiver.span(
      'the outer command',
      ({ name, parentSpanId }) => name === 'tenure run' && parentSpanId === given.split('-')[2],
    );
    const asked = ['tenure tenure.lease.acquire', 'tenure tenure run'];
    assert.deepEqual(lineage(receiver, commit), [
      'tenured tenure.store.commit',
      'tenured tenure.lease.acquire',
      ...asked,
    ]);
    const hold = await receiver.span(
      "the daemon's end of the connection",
      ({ service, name, traceId: of }) => service === 'tenured' && name.endsWith('/HoldLeases') && of === traceId,
    );
    const link = await until("the command's end of it", () => receiver.parentOf(hold));
    assert.equal(`${link.service} ${link.name}`, 'tenure grpc.tenure.lease.v1.LeaseService/HoldLeases');
    assert.deepEqual(lineage(receiver, inherited), ['tenured tenure.lease.acquire', ...asked, 'tenure tenure run']);
    assert.equal(ended.stdout.split('-')[2], outer.spanId, 'as a child of the command');
    for (const span of [commit, release, inherited, outer]) assert.equal(span.traceId, traceId);
    assert.equal(inherited.attributes['tenure.resource'], 'a');
    assert.match(String(inherited.attributes['tenure.lease_id']), /^l/);
    assert.match(String(inherited.attributes['tenure.client_id']), /^auto-/);
    assert.equal((await receiver.record('lease.acquired')).traceId, traceId);
    assert.equal((await receiver.record('lease.inherited')).traceId, traceId);
    assert.equal(receiver.records.filter(({ eventName }) => eventName === 'lease.inherited').length, 1);
    const points = await until(
      'the numbers',
      () => receiver.points('tenure.lease.acquires')[1] && receiver.points('tenure.lease.acquires'),
    );
    assert.equal(points.find(({ attributes }) => attributes['outcome'] === 'inherited')?.value, 1);
  });

  test('single calls, secrets and sessions are traced through the daemon, each event is a record, and nothing secret is in any', async (t) => {
    const receiver = await OtlpReceiver.open(t);
    const world = new World(t, { env: receiver.environment });
    const daemon = await world.startDaemon();
    await world.json(['secret', 'init']);
    assert.equal((await world.run(['secret', 'put', 'team/key'], { input: MARKER })).code, 0);
    const lent = await world.run(['secret', 'lease', 'team/key', '--ttl', '10m']);
    assert.equal(lent.stdout.trim(), MARKER);
    const script = world.script('source', [`echo ${MARKER}`]);
    assert.equal((await world.run(['secret', 'put', 'team/made', '--source', `exec:${script}`])).code, 0);
    assert.equal((await world.run(['secret', 'lease', 'team/made'])).stdout.trim(), MARKER);
    const broken = ['secret', 'put', 'team/broken', '--source', `exec:exit 1; echo ${MARKER}`];
    assert.equal((await world.run(broken)).code, 0);
    const failed = await world.run(['secret', 'lease', 'team/broken']);
    assert.match(failed.stderr, new RegExp(MARKER), 'who asks is told of the command, the collector is not');
    const refused = await world.run(['lease', 'release', '--token', `tno_${MARKER}`]);
    assert.notEqual(refused.code, 0);
    const launched = await world.run([
      ...['session', 'launch', '--prompt', PROMPT],
      ...['--', 'sh', '-c', `: ${MARKER}; echo "$TRACEPARENT"; cat`],
    ]);
    const sessionId = launched.stdout.trim();
    assert.equal((await world.run(['session', 'wait', sessionId])).code, 0);
    const printed = await world.run(['session', 'logs', sessionId]);
    assert.match(printed.stdout, new RegExp(PROMPT), 'the prompt was read');

    const source = await receiver.span('the source', ({ name }) => name === 'tenure.secret.source');
    assert.deepEqual(lineage(receiver, source).slice(1), [
      'tenured grpc.tenure.secret.v1.SecretService/LeaseSecret',
      'tenure grpc.tenure.secret.v1.SecretService/LeaseSecret',
      'tenure tenure secret lease',
    ]);
    assert.equal(source.attributes['tenure.source'], 'exec');
    const faulty = await receiver.span('the broken source', ({ attributes }) => 'error.type' in attributes);
    assert.deepEqual(faulty.attributes, { 'tenure.source': 'exec', 'error.type': 'SOURCE_FAILED' });
    assert.equal(receiver.parentOf(faulty)?.attributes['tenure.resource'], 'secret/team/broken');
    const times = await until('the failure', () => receiver.points('tenure.secret.source.time')[1]);
    assert.deepEqual(times, { attributes: { source: 'exec', ok: false }, value: 1 });
    const plan = await receiver.span(
      'the adapter',
      ({ attributes }) => attributes['tenure.operation'] === 'plan' && attributes['tenure.adapter'] === 'process',
    );
    assert.equal(lineage(receiver, plan).at(-1), 'tenure tenure session launch');
    assert.equal(printed.stdout.split('-')[1], plan.traceId, 'a session goes on with the trace of its launch');
    const call = receiver.parentOf(plan);
    assert.equal(call?.attributes['tenure.session_id'], sessionId);
    await until('the numbers of the session', () => receiver.points('tenure.session.ends')[0]);
    assert.deepEqual(receiver.points('tenure.session.ends'), [
      { attributes: { adapter: 'process', outcome: 'success' }, value: 1 },
    ]);

    assert.ok(!(await world.run(['audit', '--json'])).stdout.includes(PROMPT), 'the prompt is in the audit log');
    const audited = await auditedActions(world);
    // The session's lease ends a moment after it, with the last of its processes.
    await untilFree(await world.connect(), `dir${world.folder}`);
    daemon.kill('SIGTERM');
    assert.equal((await daemon.ended).code, 0);
    const wanted = [
      'daemon.started',
      'secret.vault_initialized',
      'secret.put',
      'secret.leased',
      'session.launched',
      'session.ended',
      'lease.acquired',
      'lease.lost',
      'daemon.stopped',
    ];
    for (const name of wanted) await receiver.record(name);
    for (const action of audited)
      assert.ok(
        receiver.records.some(({ eventName }) => eventName === action),
        action,
      );
    assert.ok(!receiver.text.includes(MARKER), 'a value, a token or an argument is in the telemetry');
    assert.ok(!receiver.text.includes(PROMPT), 'a prompt is in the telemetry');
    const lost = await receiver.record('lease.lost');
    assert.equal(lost.attributes['tenure.purpose'], `session ${sessionId}`);
    assert.doesNotMatch(receiver.text, /tn[oi]_/);
  });

  test('metrics move with what happens, and are those of the status and of Prometheus', async (t) => {
    const receiver = await OtlpReceiver.open(t);
    const folder = mkdtempSync(join(tmpdir(), 'tnm-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const socket = join(folder, 'metrics.sock');
    const world = new World(t, { env: receiver.environment, config: `metrics: {listen: ${socket}}\n` });
    await world.startDaemon();
    const client = await world.connect();
    await client.leases.acquireLease({ wishes: [{ resource: 'a' }], ttl: durationFromMillis(600_000) });
    await client.leases.acquireLease({ wishes: [{ resource: 'a' }], ttl: durationFromMillis(600_000) });
    await client.leases.acquireLease({ wishes: [{ resource: 'b' }], ttl: durationFromMillis(1_000) });
    await untilFree(client, 'b');
    const point = (metric: string, key: string, value: string) =>
      receiver.points(metric).find(({ attributes }) => attributes[key] === value)?.value;
    await until('the expiry', () => point('tenure.lease.ends', 'end', 'expired') === 1);
    await until('one lease', () => point('tenure.lease.active', 'mode', 'exclusive') === 1);
    assert.equal(point('tenure.lease.acquires', 'outcome', 'granted'), 2);
    assert.equal(point('tenure.lease.acquires', 'outcome', 'held'), 1);
    assert.equal(point('tenure.lease.acquire.time', 'outcome', 'granted'), 2);
    assert.ok((point('rpc.server.duration', 'rpc.method', 'AcquireLease') ?? 0) >= 3);

    const scraped = await scrape(socket);
    const { status } = await client.health.getStatus();
    const metric = (line: string) => Number(new RegExp(`^${line} (.+)$`, 'm').exec(scraped)?.[1]);
    assert.equal(metric('tenure_lease_active\\{mode="exclusive"\\}'), status?.leases?.exclusive);
    assert.equal(metric('tenure_lease_active\\{mode="shared"\\}'), status?.leases?.shared);
    assert.equal(metric('tenure_lease_waiters'), status?.leases?.waiters);
    assert.equal(BigInt(metric('tenure_store_commits_total')), status?.store?.commits);
    assert.equal(metric('tenure_daemon_warnings'), status?.warnings.length);

    const documented = readFileSync(join(import.meta.dirname, '../../docs/telemetry.md'), 'utf8');
    for (const name of receiver.metricNames())
      assert.ok(documented.includes(`\`${name}\``), `docs/telemetry.md: ${name}`);
  });

  test('Prometheus alone, without a collector, leaves nothing to warn of', async (t) => {
    const world = new World(t);
    const socket = join(world.folder, 'metrics.sock');
    world.configure(`metrics: {listen: ${socket}}\n`);
    await world.startDaemon();
    assert.match(await scrape(socket), /^target_info\{.*host_name="/m);
    const { status } = await (await world.connect()).health.getStatus();
    assert.deepEqual(status?.warnings, []);
  });

  test('a share of the traces is kept, and all of those that their callers keep', async (t) => {
    const receiver = await OtlpReceiver.open(t);
    const sampler = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' };
    const world = new World(t, { env: { ...receiver.environment, ...sampler } });
    await world.startDaemon();
    await (await world.connect()).leases.listLeases();
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    await world.json(['lease', 'list'], { env: { TRACEPARENT: `00-${traceId}-b7ad6b7169203331-01` } });
    const isList = ({ service, name }: ReceivedSpan): boolean => service === 'tenured' && name.endsWith('/ListLeases');
    assert.equal((await receiver.span('the list', isList)).traceId, traceId);
    assert.equal(receiver.spans.filter(isList).length, 1);
  });

  test('a collector that is away, or hangs, keeps nobody waiting, and shows in the status', async (t) => {
    const hanging = createServer(() => undefined);
    hanging.listen(0, '127.0.0.1');
    await once(hanging, 'listening');
    t.after(() => {
      hanging.closeAllConnections();
      hanging.close();
    });
    const world = new World(t, {
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_BSP_SCHEDULE_DELAY: '50' },
    });
    await world.startDaemon();
    assert.equal((await world.run(['run', 'a', '--', 'true'])).code, 0);
    await until('the warning', async () => {
      const { status } = await (await world.connect()).health.getStatus();
      return status?.warnings.some(({ code }) => code === 'telemetry-trouble');
    });
    const { port } = hanging.address() as AddressInfo;
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` };
    assert.equal((await world.run(['run', 'a', '--', 'true'], { env })).code, 0);
  });

  test('metrics are served on this machine alone', async (t) => {
    const world = new World(t, { config: 'metrics: {listen: "0.0.0.0:9464"}\n' });
    const refused = await world.run(['lease', 'list']);
    assert.equal(refused.code, 78);
    assert.match(refused.stderr, /metrics\.listen .*this machine alone such as 127\.0\.0\.1:9464/s);
  });
});

async function auditedActions(world: World): Promise<Set<string>> {
  const { stdout } = await world.run(['audit', '--json', '--action', 'secret', '--action', 'session']);
  return new Set(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).action),
  );
}
