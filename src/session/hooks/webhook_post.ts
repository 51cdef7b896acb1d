import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { errnoOf } from '../../os/errno.js';
import type { PostResult } from './webhook_rules.js';

export interface Post {
  /** http or https; a user and a password go into a header. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly limitMs: number;
  /** Gives up. */
  readonly signal: AbortSignal;
}

/**
 * Sends a document by POST and answers the status. Redirects are not
 * followed, and what is answered besides is not read. Never rejects, and
 * tells nothing of the address, which may have a secret in its path.
 */
export function sendPost({ url, headers, body, limitMs, signal }: Post): Promise<PostResult> {
  const ending = new AbortController();
  const end = (): void => ending.abort();
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  let tooLong = false;
  const limit = setTimeout(() => {
    tooLong = true;
    end();
  }, limitMs);
  return new Promise<IncomingMessage>((resolve, reject) => {
    const request = url.startsWith('https:') ? httpsRequest : httpRequest;
    // A connection that was kept could have been closed at the other end meanwhile.
    const sent = request(url, { method: 'POST', agent: false, headers, signal: ending.signal }, resolve);
    // Also whatever still comes once there is an answer.
    sent.on('error', reject);
    sent.end(body);
  })
    .then(
      (answer): PostResult => {
        answer.on('error', () => undefined);
        answer.destroy();
        return { kind: 'answered', status: answer.statusCode ?? 0 };
      },
      (error: unknown): PostResult => {
        if (tooLong) return { kind: 'failed', how: `did not answer within ${Math.round(limitMs / 100) / 10} s` };
        if (signal.aborted) return { kind: 'failed', how: 'was given up because the daemon stops' };
        return { kind: 'failed', how: `could not be reached: ${errnoOf(error) ?? 'unknown cause'}` };
      },
    )
    .finally(() => {
      clearTimeout(limit);
      signal.removeEventListener('abort', end);
    });
}
