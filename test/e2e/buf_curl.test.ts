import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Ended, Running } from './running.js';
import { BUF, World } from './world.js';

const LEASES = 'tenure.lease.v1.LeaseService';
const HEALTH = 'tenure.health.v1.HealthService';
const SECRETS = 'tenure.secret.v1.SecretService';
const SESSIONS = 'tenure.session.v1.SessionService';
const AUDIT = 'tenure.audit.v1.AuditService';
const TASKS = 'tenure.task.v1.TaskService';
const GRPC_HEALTH = 'grpc.health.v1.Health';
const REFLECTION = ['grpc.reflection.v1.ServerReflection', 'grpc.reflection.v1alpha.ServerReflection'];

/** An independent client that knows no proto file of ours. */
class Curl {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  start(...args: string[]): Running {
    const connection = ['--protocol', 'grpc', '--http2-prior-knowledge', '--unix-socket', this.#world.socketPath];
    // buf keeps a cache; without a home it needs a place for it.
    const env = { BUF_CACHE_DIR: `${this.#world.folder}/buf-cache` };
    return this.#world.start(BUF, ['curl', ...connection, ...args], { env });
  }

  async list(...args: string[]): Promise<string[]> {
    const ended = await this.start('--reflect', ...args).ended;
    assert.equal(ended.code, 0, ended.stderr);
    return ended.stdout.trim().split('\n').sort();
  }

  async call(method: string, data: unknown = {}): Promise<Ended> {
    return await this.start('--reflect', '-d', JSON.stringify(data), `http://localhost/${method}`).ended;
  }

  async answer(method: string, data: unknown = {}): Promise<Record<string, unknown>> {
    const ended = await this.call(method, data);
    assert.equal(ended.code, 0, `${method}: ${ended.stderr}`);
    return JSON.parse(ended.stdout);
  }
}

async function curlWorld(t: ConstructorParameters<typeof World>[0]): Promise<{ world: World; curl: Curl }> {
  const world = new World(t);
  await world.startDaemon();
  return { world, curl: new Curl(world) };
}

describe('buf curl, with no proto file at hand', () => {
  test('lists every service and method', async (t) => {
    const { curl } = await curlWorld(t);
    const services = await curl.list('--list-services', 'http://localhost');
    assert.deepEqual(services, [GRPC_HEALTH, ...REFLECTION, HEALTH, LEASES, SECRETS, SESSIONS, AUDIT, TASKS].sort());
    const methods = await curl.list('--list-methods', 'http://localhost');
    const ofLeases = methods.filter((method) => method.startsWith(LEASES)).map((method) => method.split('/')[1]);
    const names = ['Acquire', 'Get', 'Release', 'Renew'].map((verb) => `${verb}Lease`);
    assert.deepEqual(
      ofLeases,
      [
        ...names,
        'HoldLeases',
        'ListLeases',
        'RevokeLeases',
        'WatchLeases',
        'WatchQueues',
        'RequestYield',
        'ExplainResource',
      ].sort(),
    );
  });

  test('calls every method of the lease service', async (t) => {
    const { curl } = await curlWorld(t);
    const acquired = await curl.answer(`${LEASES}/AcquireLease`, { wishes: [{ resource: 'r' }], reason: 'by hand' });
    const [result] = acquired['results'] as { granted: { lease: { leaseId: string }; ownerToken: string } }[];
    assert.ok(result !== undefined);
    const { lease, ownerToken } = result.granted;

    const held = await curl.answer(`${LEASES}/AcquireLease`, { wishes: [{ resource: 'r' }] });
    assert.match(JSON.stringify(held), new RegExp(`"held":.*${lease.leaseId}`));
    assert.match(JSON.stringify(await curl.answer(`${LEASES}/GetLease`, { leaseId: lease.leaseId })), /by hand/);
    assert.match(JSON.stringify(await curl.answer(`${LEASES}/ListLeases`)), new RegExp(lease.leaseId));
    assert.match(JSON.stringify(await curl.answer(`${LEASES}/ExplainResource`, { resource: 'r' })), /"holders"/);
    assert.match(
      JSON.stringify(await curl.answer(`${LEASES}/RenewLease`, { ownerToken, ttl: '90s' })),
      /"remainingTtl":"(89\.|90)/,
    );

    const wish = await curl.answer(`${LEASES}/RequestYield`, { resource: 'r', reason: 'a release is due' });
    assert.match(JSON.stringify(wish), /"yieldRequest":.*"reason":"a release is due"/);

    const watch = curl.start('--reflect', '-d', '{}', `http://localhost/${LEASES}/WatchLeases`);
    await watch.line(/LEASE_EVENT_TYPE_SYNCED/);
    assert.match(JSON.stringify(await curl.answer(`${LEASES}/ReleaseLease`, { ownerToken })), /LEASE_STATE_ENDED/);
    await watch.line(/LEASE_EVENT_TYPE_RELEASED/);
    watch.kill('SIGKILL');

    const hold = await curl.answer(`${LEASES}/HoldLeases`, {
      operations: [{ operationId: 1, acquire: { wishes: [{ resource: 'h' }] } }],
    });
    assert.match(JSON.stringify(hold), /"operationId":"1","acquired":.*"granted"/);
    await curl.answer(`${LEASES}/AcquireLease`, { wishes: [{ resource: 'x/y' }] });
    const revoked = await curl.answer(`${LEASES}/RevokeLeases`, { resourcePrefix: 'x', reason: 'by hand' });
    assert.match(JSON.stringify(revoked), /LEASE_END_REVOKED/);
  });

  test('calls every method of the health service', async (t) => {
    const { curl } = await curlWorld(t);
    assert.match(JSON.stringify(await curl.answer(`${HEALTH}/GetStatus`)), /"DAEMON_PHASE_SERVING"/);
    const watch = curl.start('--reflect', '-d', '{"interval":"0.1s"}', `http://localhost/${HEALTH}/WatchStatus`);
    await watch.line(/DAEMON_PHASE_SERVING/);
    watch.kill('SIGKILL');
  });

  test('puts and leases a secret, runs a session, and finds both in the audit log', async (t) => {
    const { world, curl } = await curlWorld(t);
    await curl.answer(`${SECRETS}/InitVault`);
    const value = Buffer.from('v4lue').toString('base64');
    await curl.answer(`${SECRETS}/PutSecret`, { name: 'team/token', value });
    const lent = await curl.answer(`${SECRETS}/LeaseSecret`, { name: 'team/token', clientId: 'by-hand' });
    assert.equal(lent['value'], value);
    assert.doesNotMatch(JSON.stringify(await curl.answer(`${SECRETS}/ListSecrets`)), new RegExp(value));
    const launch = { command: ['sh', '-c', 'exit 3'], directory: world.folder };
    const launched = JSON.stringify(await curl.answer(`${SESSIONS}/LaunchSession`, launch));
    const [, sessionId] = /"sessionId":"(s[a-z2-7]{12})"/.exec(launched) ?? [];
    const ended = JSON.stringify(await curl.answer(`${SESSIONS}/WaitSession`, { sessionId }));
    assert.match(ended, /SESSION_OUTCOME_BLOCKED/);
    const audit = JSON.stringify(await curl.answer(`${AUDIT}/ListAuditEntries`));
    assert.match(audit, /secret\.leased.*session\.ended/);
  });

  test('calls every method of the task service', async (t) => {
    const { curl } = await curlWorld(t);
    const tasks = [{ name: 'kb-sync', kind: 'TASK_KIND_HEAVY', schedule: 'every 10m', enabled: true }];
    await curl.answer(`${TASKS}/DeclareTasks`, { orchestratorId: 'by-hand', tasks });
    const watch = curl.start('--reflect', '-d', '{}', `http://localhost/${TASKS}/WatchTasks`);
    await watch.line(/TASK_EVENT_TYPE_SYNCED/);
    const triggers = curl.start(
      '--reflect',
      '-d',
      JSON.stringify({ orchestratorId: 'by-hand' }),
      `http://localhost/${TASKS}/WatchTriggers`,
    );
    await watch.line(/"orchestratorId": *"by-hand"/);
    const triggered = curl.answer(`${TASKS}/TriggerTask`, { task: 'kb-sync', timeout: '60s' });
    const line = await triggers.line(/"triggerId"/);
    const [, triggerId] = /"triggerId": *"(t\w+)"/.exec(line) ?? [];
    const run = { runId: 'r1', task: 'kb-sync', trigger: { kind: 'TASK_TRIGGER_KIND_MANUAL', triggerId } };
    const outcome = { ...run, status: 'TASK_RUN_STATUS_FAILED', reasonCode: 'exit-code', exitCode: 7 };
    await curl.answer(`${TASKS}/RecordTaskOutcome`, { run: outcome });
    assert.match(JSON.stringify(await triggered), /"runId":"r1".*"exitCode":7/);
    await watch.line(/TASK_EVENT_TYPE_RUN_CHANGED/);
    for (const stream of [watch, triggers]) stream.kill('SIGKILL');
    for (const [method, request] of [
      ['ListTasks', {}],
      ['GetTask', { task: 'kb-sync' }],
      ['ListTaskRuns', { filter: { triggerId } }],
      ['GetTaskRun', { runId: 'r1' }],
      ['WaitTaskRun', { runId: 'r1' }],
    ] as const) {
      assert.match(JSON.stringify(await curl.answer(`${TASKS}/${method}`, request)), /"exitCode":7/, method);
    }
    const unknown = await curl.call(`${TASKS}/GetTask`, { task: 'nothing' });
    assert.match(unknown.stderr, /not_found/);
  });

  test('grpc.health.v1 answers per service, and its Watch changes on shutdown', async (t) => {
    const world = new World(t);
    const daemon = await world.startDaemon();
    const curl = new Curl(world);
    for (const service of ['', LEASES, SECRETS, AUDIT, HEALTH]) {
      assert.deepEqual(await curl.answer(`${GRPC_HEALTH}/Check`, { service }), { status: 'SERVING' });
    }
    const unknown = await curl.call(`${GRPC_HEALTH}/Check`, { service: 'no.such.Service' });
    assert.match(unknown.stderr, /not_found/);
    assert.match(JSON.stringify(await curl.answer(`${GRPC_HEALTH}/List`)), new RegExp(LEASES.replaceAll('.', '\\.')));
    const watch = curl.start(
      '--reflect',
      '-d',
      JSON.stringify({ service: LEASES }),
      `http://localhost/${GRPC_HEALTH}/Watch`,
    );
    await watch.line(/"SERVING"/);
    daemon.kill('SIGTERM');
    await watch.line(/"NOT_SERVING"/);
    assert.equal((await daemon.ended).code, 0);
    await watch.ended;
  });

  test('errors carry their reason', async (t) => {
    const { curl } = await curlWorld(t);
    const empty = await curl.call(`${LEASES}/RevokeLeases`, {});
    assert.match(empty.stderr, /invalid_argument/);
    const details: string = JSON.parse(empty.stderr).details[0].value;
    assert.match(Buffer.from(details, 'base64').toString('latin1'), /INVALID_FIELD.*tenure.*field.*target/s);
    const gone = await curl.call(`${LEASES}/GetLease`, { leaseId: 'l1' });
    assert.match(gone.stderr, /not_found/);
    const wrong = await curl.call(`${LEASES}/RenewLease`, { ownerToken: 'tno_nonsense' });
    assert.match(wrong.stderr, /permission_denied/);
    assert.doesNotMatch(wrong.stderr, /tno_nonsense/);
  });
});
