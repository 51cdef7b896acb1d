import { createHmac } from 'node:crypto';
import type { Clock } from '../../os/clock.js';
import { Turns } from '../../os/turns.js';
import { pause } from '../pause.js';
import type { Post } from './webhook_post.js';
import { detailOf, isDelivered, isWorthAnotherTry, type PostResult, waitAfterMs } from './webhook_rules.js';

/** Tries at the same time, so that many ends at once do not use up all descriptors. */
const MOST_AT_ONCE = 16;

export interface WebhooksParts {
  readonly post: (post: Post) => Promise<PostResult>;
  /** What signs; undefined: nothing is configured, and nothing is signed. It is asked for anew for each try. */
  readonly secret: () => Promise<Uint8Array | undefined>;
  readonly clock: Pick<Clock, 'wallMs' | 'monotonicMs'>;
}

export interface WebhookOrder {
  readonly url: string;
  /** The same for each try, also for those of a later run: a receiver knows by it what it has had. */
  readonly delivery: string;
  /** JSON. */
  readonly body: string;
  readonly tries: number;
  /** For one try. */
  readonly tryMs: number;
  /** For all of it: no wait begins that would end after it. */
  readonly limitMs: number;
}

export interface Delivery {
  readonly success: boolean;
  /** Of the last try: `HTTP 503`. Nothing of the address. */
  readonly detail: string;
  readonly tries: number;
}

/** Tells web addresses what has happened, signed, and again where they are not there or overloaded. */
export class Webhooks {
  readonly #parts: WebhooksParts;
  readonly #turns = new Turns(MOST_AT_ONCE);

  constructor(parts: WebhooksParts) {
    this.#parts = parts;
  }

  /** Never rejects. Aborted, it ends with what the last try came to. */
  async deliver(order: WebhookOrder, signal: AbortSignal): Promise<Delivery> {
    const { monotonicMs } = this.#parts.clock;
    const end = monotonicMs() + order.limitMs;
    for (let tries = 1; ; tries += 1) {
      const result = await this.#turns.run(() => this.#try(order, end - monotonicMs(), signal));
      const ended = { success: isDelivered(result), detail: detailOf(result), tries };
      const waitMs = waitAfterMs(tries);
      if (!isWorthAnotherTry(result) || tries >= order.tries || monotonicMs() + waitMs >= end) return ended;
      await pause(waitMs, signal);
      if (signal.aborted) return ended;
    }
  }

  async #try(order: WebhookOrder, leftMs: number, signal: AbortSignal): Promise<PostResult> {
    const { post, clock } = this.#parts;
    let secret: Uint8Array | undefined;
    try {
      secret = await this.#parts.secret();
    } catch {
      // The fault may tell of the secret. Unsigned, the receiver would have to take anybody's word.
      return { kind: 'failed', how: 'could not be signed: the source of sessions.webhookSecret gave no value' };
    }
    const { url, delivery, body, tryMs } = order;
    const seconds = Math.floor(clock.wallMs() / 1_000);
    const headers = {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      'user-agent': 'tenured',
      'tenure-delivery': delivery,
      ...(secret && { 'tenure-signature': signatureOf(body, secret, seconds) }),
    };
    return post({ url, headers, body, limitMs: Math.max(1, Math.min(tryMs, leftMs)), signal });
  }
}

/** `t=SECONDS,v1=HEX`: HMAC-SHA256 of the seconds, a dot and the body. An old message can't pass for a new one. */
function signatureOf(body: string, secret: Uint8Array, seconds: number): string {
  const sum = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${sum}`;
}
