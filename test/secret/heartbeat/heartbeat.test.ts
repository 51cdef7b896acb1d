import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { Heartbeat, type HeartbeatOrders, type HeartbeatSettings } from '../../../src/secret/heartbeat/heartbeat.js';
import type { HttpQuestion } from '../../../src/secret/heartbeat/http_question.js';
import type { Pulled } from '../../../src/secret/heartbeat/pulled_file.js';
import { Seal } from '../../../src/secret/seal.js';
import type { TenureEvent } from '../../../src/telemetry/events.js';

const SETTINGS: HeartbeatSettings = {
  url: 'https://joe:hunter2@a.example/ping?key=hunter2',
  intervalMs: 60_000,
  timeoutMs: 5_000,
  failures: 2,
  revokeAll: true,
  rotateAll: false,
  wipeVault: false,
};

/** A question that waits for the test's answer. */
interface Asked extends HttpQuestion {
  answer(code: number): void;
  fail(message: string): void;
}

/** Lets all promises that are settled be heard of. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** A heartbeat whose remote is the test, and whose time stands still until the test turns it. */
class Remote {
  readonly asked: Asked[] = [];
  readonly pulls: HeartbeatOrders[] = [];
  readonly events: TenureEvent[] = [];
  readonly seal = new Seal();
  changes = 0;
  pullFault: Error | undefined;
  kept: Pulled | undefined;
  readonly heartbeat: Heartbeat;
  readonly #tick: (ms: number) => void;

  /** `before`: what the run before has left. */
  constructor(t: TestContext, before?: Pulled) {
    this.kept = before;
    t.mock.timers.enable({ apis: ['setTimeout'] });
    this.#tick = (ms) => t.mock.timers.tick(ms);
    this.heartbeat = new Heartbeat({
      ask: (question) =>
        new Promise((resolve, reject) => {
          this.asked.push({ ...question, answer: resolve, fail: (message) => reject(new Error(message)) });
        }),
      pull: async (orders) => {
        this.pulls.push(orders);
        if (this.pullFault !== undefined) throw this.pullFault;
      },
      seal: this.seal,
      kept: {
        read: () => this.kept,
        write: (pulled) => {
          this.kept = pulled;
        },
        remove: () => {
          this.kept = undefined;
        },
      },
      events: { emit: (event) => this.events.push(event) },
      wallMs: () => 1_000 * this.asked.length,
    });
    this.heartbeat.onChange(() => {
      this.changes += 1;
    });
    t.after(() => this.heartbeat.close());
  }

  get last(): Asked {
    const asked = this.asked.at(-1);
    assert.ok(asked !== undefined, 'nothing was asked');
    return asked;
  }

  async answers(code: number): Promise<void> {
    this.last.answer(code);
    await settle();
  }

  async turn(ms: number): Promise<void> {
    this.#tick(ms);
    await settle();
  }

  get told(): string[] {
    return this.events.map(({ action, level, metadata }) => `${level} ${action} ${metadata['reason'] ?? ''}`.trim());
  }
}

describe('a heartbeat', () => {
  test('asks at once, then an interval after each answer, however long that took', async (t) => {
    const remote = new Remote(t);
    remote.heartbeat.configure(SETTINGS);
    assert.deepEqual([remote.asked.length, remote.last.url, remote.last.timeoutMs], [1, SETTINGS.url, 5_000]);
    await remote.turn(600_000);
    assert.equal(remote.asked.length, 1);
    await remote.answers(204);
    await remote.turn(59_999);
    assert.equal(remote.asked.length, 1);
    await remote.turn(1);
    assert.equal(remote.asked.length, 2);
    assert.deepEqual(remote.heartbeat.status(), {
      url: 'https://a.example/ping',
      failures: 0,
      failuresAllowed: 2,
      lastFailure: '',
      lastSuccessWallMs: 1_000,
      triggeredWallMs: undefined,
    });
    assert.deepEqual(remote.told, []);
  });

  test('that fails too often seals secrets and pulls the switch once; an answer opens them and arms it anew', async (t) => {
    const remote = new Remote(t);
    remote.heartbeat.configure(SETTINGS);
    await remote.answers(500);
    assert.deepEqual([remote.seal.reason, remote.pulls.length], ['', 0]);
    await remote.turn(60_000);
    remote.last.fail('could not be reached: ECONNREFUSED');
    await settle();
    const reason = 'the heartbeat https://a.example/ping failed 2 times in a row';
    assert.equal(remote.seal.reason, reason);
    assert.deepEqual(remote.pulls, [{ revokeAll: true, rotateAll: false, wipeVault: false, reason }]);
    await remote.turn(60_000);
    await remote.answers(302);
    assert.equal(remote.pulls.length, 1);
    assert.equal(remote.heartbeat.status()?.failures, 3);
    await remote.turn(60_000);
    await remote.answers(200);
    assert.equal(remote.seal.reason, '');
    const { failures, triggeredWallMs } = remote.heartbeat.status() ?? {};
    assert.deepEqual([failures, triggeredWallMs], [0, 2_000]);
    for (const _ of [1, 2]) {
      await remote.turn(60_000);
      await remote.answers(500);
    }
    assert.equal(remote.pulls.length, 2);
    assert.deepEqual(remote.told, [
      'warn secret.heartbeat_failed answered with status 500',
      'warn secret.heartbeat_failed could not be reached: ECONNREFUSED',
      'warn secret.heartbeat_failed answered with status 302',
      'info secret.heartbeat_recovered',
      'warn secret.heartbeat_failed answered with status 500',
      'warn secret.heartbeat_failed answered with status 500',
    ]);
    assert.doesNotMatch(JSON.stringify([remote.events, remote.pulls, remote.heartbeat.status()]), /hunter2|joe/);
    assert.ok(remote.changes >= remote.asked.length, 'each change was told');
  });

  test('whose pull was not taken pulls again at the next failure', async (t) => {
    const remote = new Remote(t);
    remote.pullFault = new Error('no room');
    remote.heartbeat.configure({ ...SETTINGS, failures: 1 });
    await remote.answers(500);
    assert.equal(remote.told.at(-1), 'error secret.heartbeat_failed the kill switch could not be pulled: no room');
    remote.pullFault = undefined;
    await remote.turn(60_000);
    await remote.answers(500);
    await remote.turn(60_000);
    await remote.answers(500);
    assert.equal(remote.pulls.length, 2);
    await remote.turn(60_000);
    await remote.answers(200);
    assert.equal(remote.seal.reason, '', 'one answer is enough, however often it was pulled');
  });
});

describe('new settings', () => {
  test('that are the old ones disturb nothing', async (t) => {
    const remote = new Remote(t);
    remote.heartbeat.configure(SETTINGS);
    await remote.answers(500);
    remote.heartbeat.configure({ ...SETTINGS });
    assert.equal(remote.asked.length, 1);
    await remote.turn(60_000);
    assert.equal(remote.asked.length, 2);
  });

  test('ask at once, by the new address, and what the old one says no longer counts', async (t) => {
    const remote = new Remote(t);
    remote.heartbeat.configure(SETTINGS);
    const old = remote.last;
    remote.heartbeat.configure({ ...SETTINGS, url: 'https://b.example/' });
    assert.ok(old.signal.aborted);
    old.fail('given up');
    await settle();
    assert.deepEqual(remote.told, []);
    await remote.answers(200);
    await remote.turn(60_000);
    assert.deepEqual(
      remote.asked.map(({ url }) => new URL(url).host),
      ['a.example', 'b.example', 'b.example'],
    );
  });

  test('keep the count at the same address', async (t) => {
    const remote = new Remote(t);
    remote.heartbeat.configure(SETTINGS);
    await remote.answers(500);
    remote.heartbeat.configure({ ...SETTINGS, intervalMs: 1_000 });
    await remote.answers(500);
    assert.equal(remote.pulls.length, 1);
  });

  test('do not open what is sealed; none at all do', async (t) => {
    const remote = new Remote(t);
    remote.heartbeat.configure({ ...SETTINGS, failures: 1 });
    await remote.answers(500);
    remote.heartbeat.configure({ ...SETTINGS, failures: 1, url: 'https://b.example/' });
    await remote.answers(500);
    assert.notEqual(remote.seal.reason, '');
    assert.equal(remote.pulls.length, 1, 'it is armed by an answer, not by another address');
    remote.heartbeat.configure(undefined);
    assert.deepEqual([remote.seal.reason, remote.heartbeat.status()], ['', undefined]);
    await remote.turn(600_000);
    assert.equal(remote.asked.length, 2);
  });
});

test('closed: what was asked is given up, nothing more is asked', async (t) => {
  const remote = new Remote(t);
  remote.heartbeat.configure({ ...SETTINGS, failures: 1 });
  remote.heartbeat.close();
  assert.ok(remote.last.signal.aborted);
  remote.last.fail('given up');
  await settle();
  remote.heartbeat.configure(SETTINGS);
  await remote.turn(600_000);
  assert.deepEqual([remote.asked.length, remote.pulls.length, remote.events.length], [1, 0, 0]);
});

describe('after a restart', () => {
  const reason = 'the heartbeat https://a.example/ping failed 2 times in a row';

  test('what was sealed stays so until the heartbeat answers, and the switch is pulled no second time', async (t) => {
    const remote = new Remote(t, { reason, wallMs: 7, done: true });
    remote.heartbeat.start(SETTINGS);
    assert.equal(remote.seal.reason, reason);
    assert.equal(remote.heartbeat.status()?.triggeredWallMs, 7);
    for (let failures = 0; failures < 5; failures += 1) {
      await remote.answers(503);
      await remote.turn(SETTINGS.intervalMs);
    }
    assert.deepEqual([remote.pulls.length, remote.seal.reason], [0, reason]);
    await remote.answers(200);
    assert.deepEqual([remote.seal.reason, remote.kept], ['', undefined]);
  });

  test('a switch that did not get to its end is pulled by the next failure', async (t) => {
    const remote = new Remote(t, { reason, wallMs: 7, done: false });
    remote.heartbeat.start(SETTINGS);
    assert.equal(remote.seal.reason, reason);
    await remote.answers(503);
    assert.equal(remote.pulls.length, 1);
    assert.equal(remote.kept?.done, true);
  });

  test('nothing is sealed where no heartbeat is configured any more, nor kept', (t) => {
    const remote = new Remote(t, { reason, wallMs: 7, done: true });
    remote.heartbeat.start(undefined);
    assert.deepEqual([remote.seal.reason, remote.kept], ['', undefined]);
  });

  test('it is kept before the switch is pulled', async (t) => {
    const remote = new Remote(t);
    remote.heartbeat.start(SETTINGS);
    remote.pullFault = new Error('no');
    await remote.answers(503);
    await remote.turn(SETTINGS.intervalMs);
    await remote.answers(503);
    assert.deepEqual([remote.kept?.done, remote.kept?.reason], [false, reason]);
  });
});
