import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  DaemonPhase,
  type GetStatusResponse,
  LastExit,
  type WatchStatusResponse,
} from '@tenure/client/gen/tenure/health/v1/health_service';
import fc from 'fast-check';
import { PhaseHolder } from '../../src/health/phase.js';
import { fromDuration, toDuration } from '../../src/health/proto_time.js';
import type { SecretFacts } from '../../src/health/secret_status.js';
import { createHealthService, type ReloadOutcome } from '../../src/health/service.js';
import { outlineOf, type StatusSources } from '../../src/health/status.js';
import { StatusChanges } from '../../src/health/status_changes.js';
import { WarningRegistry } from '../../src/health/warning_registry.js';
import type { CallContext } from '../../src/rpc/context.js';
import { Refusal } from '../../src/rpc/refusal.js';
import type { OutStream } from '../../src/rpc/streams.js';
import { until } from '../e2e/until.js';

const SECRETS: SecretFacts = {
  vaultInitialized: true,
  secrets: 56,
  activeLeases: 112,
  pendingRevocations: 2,
  irrevocable: 1,
  sealed: 'the heartbeat failed',
  heartbeat: {
    url: 'https://a.example/ping',
    failures: 1,
    failuresAllowed: 3,
    lastFailure: 'answered with status 500',
    lastSuccessWallMs: 1_500,
    triggeredWallMs: undefined,
  },
};

/** A daemon of which everything can be changed. */
class Patient {
  readonly phase = new PhaseHolder();
  readonly warnings = new WarningRegistry(() => 5_000);
  exclusive = 0;
  connections = 0;
  secrets: SecretFacts | undefined;
  monotonicMs = 1_000;
  readonly sources: StatusSources = {
    run: {
      version: '1.2.3',
      pid: 42,
      startWallMs: 1_500,
      startMonotonicMs: 1_000,
      startCount: 3,
      lastExit: 'crashed',
      crashesInARow: 2,
      stateDir: '/state',
    },
    phase: () => this.phase.current,
    restartNotBeforeWallMs: () => 6_500,
    socketPath: () => '/state/tenure.sock',
    configPath: () => '',
    leases: () => ({
      exclusive: this.exclusive,
      shared: 0,
      draining: 0,
      waiters: 0,
      watchers: 0,
      holds: 0,
      longestWaitMs: this.monotonicMs,
    }),
    store: () => undefined,
    secrets: () => this.secrets,
    sessions: () => undefined,
    tasks: () => ({ tasks: 3, orchestrators: 1, running: 1, waiting: 0, deferred: 2, starving: 1 }),
    eventSinks: () => [{ sink: 'exec', delivered: 4, failed: 3, dropped: 2, sampledOut: 1 }],
    services: () => [{ service: 'a', serving: this.phase.current === 'serving' }],
    warnings: () => this.warnings.list(),
    stalledMs: () => 0,
    connections: () => this.connections,
    residentBytes: () => 7 + this.monotonicMs,
  };
  readonly changes = new StatusChanges(() => outlineOf(this.sources), 5);
  reloaded: ReloadOutcome = { kind: 'reloaded', configPath: '', needsRestart: [] };
  readonly handlers = createHealthService(
    this.sources,
    this.changes,
    () => this.monotonicMs,
    async () => this.reloaded,
  );

  constructor() {
    for (const source of [this.phase, this.warnings]) source.onChange(() => this.changes.check());
  }
}

const context: CallContext = {
  peer: {
    connectionId: 'c1',
    uid: 0,
    gid: 0,
    role: 'viewer',
    process: undefined,
    host: '',
    bootId: '',
    executable: '',
    script: '',
    cwd: '',
  },
  signal: new AbortController().signal,
};

/** Reads a watch; while it is stuck, it takes nothing more. */
class Reader implements OutStream<WatchStatusResponse> {
  readonly read: WatchStatusResponse[] = [];
  readonly #end = new AbortController();
  readonly buffered = 0;
  #stuck: Promise<void> | undefined;
  unstick: () => void = () => undefined;

  get closed(): AbortSignal {
    return this.#end.signal;
  }

  write(message: WatchStatusResponse | Buffer): boolean {
    assert.ok(!Buffer.isBuffer(message));
    this.read.push(message);
    return this.#stuck === undefined;
  }

  async drained(): Promise<void> {
    await this.#stuck;
  }

  stick(): void {
    this.#stuck = new Promise((resolve) => {
      this.unstick = () => {
        this.#stuck = undefined;
        resolve();
      };
    });
  }

  end(): void {
    this.unstick();
    this.#end.abort();
  }
}

function watch(patient: Patient, intervalMs = 3_600_000) {
  const reader = new Reader();
  const ended = patient.handlers.watchStatus.run({ interval: toDuration(intervalMs) }, context, reader);
  return { reader, ended };
}

describe('status', () => {
  test('tells of the run, its phase and its warnings', async () => {
    const patient = new Patient();
    patient.phase.advance('serving');
    patient.warnings.raise('w', { message: 'm', remedy: 'r' });
    patient.monotonicMs = 3_500;
    const answer: GetStatusResponse = await patient.handlers.getStatus.run({}, context);
    const { status } = answer;
    assert.equal(status?.phase, DaemonPhase.SERVING);
    assert.equal(status?.lastExit, LastExit.CRASHED);
    assert.equal(status?.startCount, 3n);
    assert.equal(status?.crashesInARow, 2);
    assert.deepEqual(status?.restartNotBefore, { seconds: 6n, nanos: 500_000_000 });
    assert.deepEqual(status?.startTime, { seconds: 1n, nanos: 500_000_000 });
    assert.deepEqual(status?.uptime, { seconds: 2n, nanos: 500_000_000 });
    assert.deepEqual(status?.services, [{ service: 'a', status: 'SERVING' }]);
    assert.deepEqual(status?.warnings, [{ code: 'w', message: 'm', remedy: 'r', since: { seconds: 5n, nanos: 0 } }]);
    assert.deepEqual([status?.store, status?.secrets], [undefined, undefined]);
  });

  test('tells of the secrets, and of a heartbeat where there is one', async () => {
    const patient = new Patient();
    const secretsOf = async (facts: SecretFacts) => {
      patient.secrets = facts;
      const { status }: GetStatusResponse = await patient.handlers.getStatus.run({}, context);
      return status?.secrets;
    };
    const { heartbeat, ...rest } = SECRETS;
    assert.deepEqual(await secretsOf(SECRETS), {
      ...rest,
      heartbeat: {
        url: 'https://a.example/ping',
        failures: 1,
        failuresAllowed: 3,
        lastFailure: 'answered with status 500',
        lastSuccessTime: { seconds: 1n, nanos: 500_000_000 },
        triggeredTime: undefined,
      },
    });
    assert.ok(heartbeat !== undefined);
    const pulled = await secretsOf({ ...SECRETS, heartbeat: { ...heartbeat, triggeredWallMs: 7_000 } });
    assert.deepEqual(pulled?.heartbeat?.triggeredTime, { seconds: 7n, nanos: 0 });
    assert.deepEqual(await secretsOf({ ...rest, heartbeat: undefined }), { ...rest, heartbeat: undefined });
  });
});

describe('watch', () => {
  test('answers at once, and then when a person would say that something changed', async () => {
    const patient = new Patient();
    const { reader, ended } = watch(patient);
    assert.equal(reader.read.length, 1);
    patient.monotonicMs += 60_000;
    patient.phase.advance('serving');
    await until('the phase', () => reader.read.length === 2);
    patient.exclusive = 9;
    await until('the count, which nobody reports', () => reader.read.length === 3);
    assert.equal(reader.read[2]?.status?.leases?.exclusive, 9);
    reader.end();
    await ended;
  });

  test('tells of secrets that are sealed, and not of leases and answers, which come always', async () => {
    const patient = new Patient();
    patient.secrets = { ...SECRETS, sealed: '' };
    const { reader, ended } = watch(patient);
    const { heartbeat } = SECRETS;
    assert.ok(heartbeat !== undefined);
    patient.secrets = { ...patient.secrets, activeLeases: 1, heartbeat: { ...heartbeat, lastSuccessWallMs: 9 } };
    patient.changes.check();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(reader.read.length, 1);
    const changes: readonly Partial<SecretFacts>[] = [
      { sealed: 'the kill switch is at work' },
      { irrevocable: 2 },
      { vaultInitialized: false, secrets: 0 },
      { heartbeat: { ...heartbeat, failures: 2 } },
      { heartbeat: undefined },
    ];
    for (const [index, change] of changes.entries()) {
      patient.secrets = { ...patient.secrets, ...change };
      patient.changes.check();
      await until(`change ${index}`, () => reader.read.length === index + 2);
    }
    assert.equal(reader.read[1]?.status?.secrets?.sealed, 'the kill switch is at work');
    reader.end();
    await ended;
  });

  test('without a change says the same again after each interval', async () => {
    const patient = new Patient();
    const { reader, ended } = watch(patient, 100);
    const began = performance.now();
    await until('three messages', () => reader.read.length === 3);
    assert.ok(performance.now() - began >= 190);
    reader.end();
    await ended;
  });

  test('does not pile up for a slow reader, who then reads the newest', async () => {
    const patient = new Patient();
    const { reader, ended } = watch(patient);
    reader.stick();
    for (let count = 1; count <= 50; count += 1) {
      patient.exclusive = count;
      patient.changes.check();
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(reader.read.length <= 2, `${reader.read.length} messages`);
    reader.unstick();
    await until('the newest', () => reader.read.at(-1)?.status?.leases?.exclusive === 50);
    reader.end();
    await ended;
  });

  test('hears the last change before it ends', async () => {
    const patient = new Patient();
    const { reader, ended } = watch(patient);
    patient.phase.advance('draining');
    await new Promise((resolve) => setImmediate(resolve));
    reader.end();
    await ended;
    assert.equal(reader.read.at(-1)?.status?.phase, DaemonPhase.DRAINING);
  });

  test('takes no interval that would flood or never speak', async () => {
    const patient = new Patient();
    for (const intervalMs of [0, 99, 3_600_001]) {
      const { ended } = watch(patient, intervalMs);
      await assert.rejects(ended, (error: unknown) => error instanceof Refusal && error.reason === 'INVALID_FIELD');
    }
  });
});

describe('warnings', () => {
  test('hold since they were raised first, and tell only of changes', () => {
    let now = 1;
    const warnings = new WarningRegistry(() => now);
    let told = 0;
    const unsubscribe = warnings.onChange(() => {
      told += 1;
    });
    assert.equal(warnings.raise('a', { message: 'm', remedy: 'r' }), true);
    now = 2;
    assert.equal(warnings.raise('a', { message: 'm', remedy: 'r' }), false);
    assert.equal(warnings.raise('a', { message: 'other', remedy: 'r' }), false);
    assert.deepEqual(warnings.list(), [{ code: 'a', message: 'other', remedy: 'r', sinceWallMs: 1 }]);
    assert.equal(told, 2);
    assert.equal(warnings.clear('a'), true);
    assert.equal(warnings.clear('a'), false);
    unsubscribe();
    warnings.raise('b', { message: '', remedy: '' });
    assert.equal(told, 3);
  });
});

test('the phase goes forward only', () => {
  const phase = new PhaseHolder();
  phase.advance('draining');
  phase.advance('serving');
  assert.equal(phase.current, 'draining');
});

test('a duration is the same on both sides of the wire, to the microsecond', () => {
  const milliseconds = fc.double({ min: 0, max: 1e12, noNaN: true });
  fc.assert(
    fc.property(milliseconds, (value) => {
      const { seconds, nanos } = toDuration(value);
      assert.ok(seconds >= 0n && nanos >= 0 && nanos < 1e9);
      assert.ok(Math.abs(fromDuration({ seconds, nanos }) - value) < 0.001);
    }),
  );
});
