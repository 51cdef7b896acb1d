import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DaemonPhase, DaemonStatus } from '@tenure/client/gen/tenure/health/v1/health_service';
import { statusJson } from '../../src/cli/health_json.js';
import { describeStatus, describeStatusLine } from '../../src/cli/health_text.js';

type Secrets = NonNullable<DaemonStatus['secrets']>;

const NOW_MS = 1_000_000;

const QUIET: Secrets = {
  vaultInitialized: true,
  secrets: 56,
  activeLeases: 112,
  pendingRevocations: 0,
  irrevocable: 0,
  sealed: '',
  heartbeat: undefined,
};

const HEARTBEAT: NonNullable<Secrets['heartbeat']> = {
  url: 'https://a.example/ping',
  failures: 0,
  failuresAllowed: 3,
  lastFailure: '',
  lastSuccessTime: { seconds: 988n, nanos: 0 },
  triggeredTime: undefined,
};

function statusWith(secrets: Secrets | undefined): DaemonStatus {
  return { ...DaemonStatus.decode(new Uint8Array()), phase: DaemonPhase.SERVING, secrets };
}

/** The rows of `tenure health` that are about secrets. */
function rowsOf(secrets: Secrets | undefined): string[] {
  const lines = describeStatus(statusWith(secrets), NOW_MS).split('\n');
  return lines
    .filter((line) => /^(secrets|sealed|revocations|heartbeat) /.test(line))
    .map((line) => line.replace(/ {2,}/, ': '));
}

test('events that went lost are told of, those that were sampled are not', () => {
  const sink = { sink: 'exec', delivered: 7n, failed: 0n, dropped: 0n, sampledOut: 90n };
  const linesOf = (eventSinks: DaemonStatus['eventSinks']) =>
    describeStatus({ ...statusWith(undefined), eventSinks }, NOW_MS).match(/^events .*$/gm);
  assert.equal(linesOf([]), null);
  assert.deepEqual(linesOf([sink]), ['events       exec: 7 delivered']);
  assert.deepEqual(linesOf([{ ...sink, sink: 'webhook', failed: 5n, dropped: 2n }]), [
    'events       webhook: 7 delivered, 5 failed, 2 dropped',
  ]);
});

test('when clients start it after another crash is told until that moment', () => {
  const status = { ...statusWith(undefined), crashesInARow: 2, restartNotBefore: { seconds: 1_000n, nanos: 0 } };
  assert.match(
    describeStatus(status, 999_000),
    /2 crashes in a row; after another one clients start it from \d\d:\d\d:\d\d on$/m,
  );
  assert.match(describeStatus(status, 1_000_000), /2 crashes in a row$/m);
});

describe('the health of secrets in words', () => {
  test('is one line where nothing is the matter', () => {
    assert.deepEqual(rowsOf(QUIET), ['secrets: 56, 112 leases, vault ready']);
    assert.deepEqual(rowsOf({ ...QUIET, secrets: 1, activeLeases: 1 }), ['secrets: 1, 1 lease, vault ready']);
    assert.deepEqual(rowsOf(undefined), [], 'an older daemon');
  });

  test('without a vault says so, and of leases that are left', () => {
    const none = { ...QUIET, vaultInitialized: false, secrets: 0 };
    assert.deepEqual(rowsOf({ ...none, activeLeases: 0 }), ['secrets: no vault']);
    assert.deepEqual(rowsOf({ ...none, activeLeases: 2 }), ['secrets: no vault, 2 leases']);
  });

  test('has a line for the seal, and for revocations that have not succeeded', () => {
    assert.deepEqual(rowsOf({ ...QUIET, sealed: 'the kill\nswitch', pendingRevocations: 3 }).slice(1), [
      'sealed: no secret is lent: the kill\\x0aswitch',
      'revocations: 3 pending',
    ]);
    assert.deepEqual(rowsOf({ ...QUIET, pendingRevocations: 3, irrevocable: 1 }).slice(1), [
      'revocations: 3 pending, 1 irrevocable',
    ]);
  });

  test('has a line for the heartbeat once one is configured', () => {
    const rowOf = (heartbeat: Secrets['heartbeat']) => rowsOf({ ...QUIET, heartbeat })[1];
    const url = 'heartbeat: https://a.example/ping';
    assert.equal(rowOf(HEARTBEAT), `${url} answered 12s ago`);
    assert.equal(rowOf({ ...HEARTBEAT, lastSuccessTime: undefined }), `${url} has not answered yet`);
    const failing = { ...HEARTBEAT, failures: 2, lastFailure: 'answered with status 500' };
    assert.equal(rowOf(failing), `${url} failed, 2 of 3: answered with status 500`);
    const pulled = { ...failing, failures: 4, triggeredTime: { seconds: 940n, nanos: 0 } };
    assert.equal(
      rowOf(pulled),
      `${url} failed 4 times in a row: answered with status 500; pulled the kill switch 1m ago`,
    );
  });

  test('says in a watch that secrets are sealed', () => {
    assert.match(describeStatusLine(statusWith({ ...QUIET, sealed: 'why' })), / {2}secrets sealed$/);
    assert.doesNotMatch(describeStatusLine(statusWith(QUIET)), /sealed/);
    assert.doesNotMatch(describeStatusLine(statusWith(undefined)), /sealed/);
  });
});

test('the health of secrets as JSON leaves out what is unset', () => {
  const { heartbeat: _, ...quiet } = QUIET;
  assert.deepEqual(statusJson(statusWith(QUIET))['secrets'], quiet);
  const { triggeredTime: __, ...heartbeat } = HEARTBEAT;
  assert.deepEqual(statusJson(statusWith({ ...QUIET, heartbeat: HEARTBEAT }))['secrets'], {
    ...quiet,
    heartbeat: { ...heartbeat, lastSuccessTime: '1970-01-01T00:16:28Z' },
  });
  assert.ok(!('secrets' in statusJson(statusWith(undefined))));
});
