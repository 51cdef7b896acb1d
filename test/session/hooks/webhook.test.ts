import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { type Delivery, type WebhookOrder, Webhooks } from '../../../src/session/hooks/webhook.js';
import type { Post } from '../../../src/session/hooks/webhook_post.js';
import type { PostResult } from '../../../src/session/hooks/webhook_rules.js';

const SECOND_MS = 1_000;

const ORDER: WebhookOrder = {
  url: 'https://a.example/secret-path',
  delivery: 'd1',
  body: '{"type":"x"}',
  tries: 6,
  tryMs: 30 * SECOND_MS,
  limitMs: 900 * SECOND_MS,
};

const never = (): AbortSignal => new AbortController().signal;
const answered = (status: number): PostResult => ({ kind: 'answered', status });
const failed: PostResult = { kind: 'failed', how: 'could not be reached: ECONNREFUSED' };

/** Deliveries whose receiver, time and secret are the test's. */
class Room {
  readonly posts: { readonly post: Post; readonly atMs: number }[] = [];
  readonly webhooks: Webhooks;
  secret: () => Promise<Uint8Array | undefined> = async () => undefined;
  /** One after the other; the last again and again. */
  results: PostResult[] = [answered(200)];
  nowMs = 0;
  readonly #t: TestContext;

  constructor(t: TestContext, post?: (post: Post) => Promise<PostResult>) {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    this.#t = t;
    this.webhooks = new Webhooks({
      post: async (one) => {
        this.posts.push({ post: one, atMs: this.nowMs });
        if (post !== undefined) return post(one);
        const [result = answered(200)] = this.results.length > 1 ? this.results.splice(0, 1) : this.results;
        return result;
      },
      secret: () => this.secret(),
      clock: { wallMs: () => 1_750_000_000_000 + this.nowMs, monotonicMs: () => this.nowMs },
    });
  }

  /** Lets time go by until it is over. */
  async deliver(order: Partial<WebhookOrder> = {}): Promise<Delivery> {
    let delivery: Delivery | undefined;
    const over = this.webhooks.deliver({ ...ORDER, ...order }, never()).then((result) => {
      delivery = result;
      return result;
    });
    for (let turn = 0; turn < 10_000 && delivery === undefined; turn += 1) await this.pass(SECOND_MS);
    return over;
  }

  async pass(ms: number): Promise<void> {
    await turnOfTheLoop();
    this.nowMs += ms;
    this.#t.mock.timers.tick(ms);
    await turnOfTheLoop();
  }

  get seconds(): number[] {
    return this.posts.map(({ atMs }) => atMs / SECOND_MS);
  }
}

describe('a delivery', () => {
  test('is one post where the receiver takes it', async (t) => {
    for (const status of [200, 202, 204, 299]) {
      const room = new Room(t);
      room.results = [answered(status)];
      assert.deepEqual(await room.deliver(), { success: true, detail: `HTTP ${status}`, tries: 1 });
      assert.equal(room.posts.length, 1);
      t.mock.timers.reset();
    }
  });

  test('is tried again, later and later, on network errors, 5xx and 429, and then given up', async (t) => {
    for (const result of [failed, answered(500), answered(503), answered(599), answered(429)]) {
      const room = new Room(t);
      room.results = [result];
      const { success, detail, tries } = await room.deliver();
      assert.deepEqual([success, tries], [false, 6]);
      assert.equal(detail, result.kind === 'failed' ? result.how : `HTTP ${result.status}`);
      assert.deepEqual(room.seconds, [0, 1, 6, 31, 156, 456]);
      t.mock.timers.reset();
    }
  });

  test('is not tried again where the receiver does not want it, or sends it elsewhere', async (t) => {
    for (const status of [301, 302, 307, 400, 401, 404, 410, 499]) {
      const room = new Room(t);
      room.results = [answered(status)];
      assert.deepEqual(await room.deliver(), { success: false, detail: `HTTP ${status}`, tries: 1 });
      t.mock.timers.reset();
    }
  });

  test('ends well with the first try that does', async (t) => {
    const room = new Room(t);
    room.results = [failed, answered(503), answered(200)];
    assert.deepEqual(await room.deliver(), { success: true, detail: 'HTTP 200', tries: 3 });
  });

  test('has the same name and body in every try, and a signature of its own', async (t) => {
    const room = new Room(t);
    room.secret = async () => Buffer.from('key');
    room.results = [answered(503), answered(200)];
    await room.deliver({ body: '{"a":"ä"}' });
    const headers = room.posts.map(({ post }) => post.headers);
    assert.deepEqual(
      headers.map((one) => [one['tenure-delivery'], one['content-length']]),
      [
        ['d1', '10'],
        ['d1', '10'],
      ],
    );
    const times = headers.map((one) => /^t=(\d+),v1=[0-9a-f]{64}$/.exec(one['tenure-signature'] ?? '')?.[1]);
    assert.deepEqual(times, ['1750000000', '1750000001']);
  });

  test('has no signature where no secret is configured', async (t) => {
    const room = new Room(t);
    await room.deliver();
    assert.equal(room.posts[0]?.post.headers['tenure-signature'], undefined);
  });

  test('is never sent without the signature that it should have', async (t) => {
    const room = new Room(t);
    let asked = 0;
    room.secret = async () => {
      asked += 1;
      if (asked < 3) throw new Error('vault:webhook says hunter2');
      return Buffer.from('key');
    };
    assert.deepEqual(await room.deliver(), { success: true, detail: 'HTTP 200', tries: 3 });
    assert.equal(room.posts.length, 1);
    room.secret = () => Promise.reject(new Error('hunter2'));
    const { success, detail } = await room.deliver({ tries: 2 });
    assert.equal(success, false);
    assert.match(detail, /sessions\.webhookSecret/);
    assert.doesNotMatch(detail, /hunter2/);
    assert.equal(room.posts.length, 1);
  });

  test('begins no wait that would end after its limit, and gives no try more than what is left', async (t) => {
    for (const [takesMs, limits] of [
      [10, [30, 19, 4]],
      // 5 s after the second try there is nothing left.
      [12, [30, 17]],
    ] as const) {
      const room = new Room(t, async () => {
        room.nowMs += takesMs * SECOND_MS;
        return answered(503);
      });
      const { success, tries } = await room.deliver({ limitMs: 30 * SECOND_MS });
      assert.deepEqual([success, tries], [false, limits.length]);
      assert.deepEqual(
        room.posts.map(({ post }) => post.limitMs / SECOND_MS),
        limits,
      );
      t.mock.timers.reset();
    }
  });

  test('that is given up ends at once, within a try or a wait', async (t) => {
    const giveUp = new AbortController();
    const room = new Room(t);
    room.results = [answered(503)];
    const delivery = room.webhooks.deliver(ORDER, giveUp.signal);
    await room.pass(500);
    giveUp.abort();
    assert.deepEqual(await delivery, { success: false, detail: 'HTTP 503', tries: 1 });
    await room.pass(900 * SECOND_MS);
    assert.equal(room.posts.length, 1);
  });

  test('takes its turn where many are under way; one that waits to try again holds up nobody', async (t) => {
    const ends: (() => void)[] = [];
    const room = new Room(t, () => new Promise((resolve) => ends.push(() => resolve(answered(503)))));
    const all = Array.from({ length: 20 }, () => room.webhooks.deliver({ ...ORDER, tries: 2 }, never()));
    await turnOfTheLoop();
    assert.equal(room.posts.length, 16);
    for (const end of ends.splice(0)) end();
    await turnOfTheLoop();
    assert.equal(room.posts.length, 20);
    for (let turn = 0; turn < 10; turn += 1) {
      for (const end of ends.splice(0)) end();
      await room.pass(SECOND_MS);
    }
    const results = await Promise.all(all);
    assert.ok(results.every(({ tries }) => tries === 2));
  });
});
