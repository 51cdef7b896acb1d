import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { errnoOf, messageOf } from '../../os/errno.js';

export interface HttpQuestion {
  /** May hold a user and a password, which go into a header. */
  readonly url: string;
  readonly timeoutMs: number;
  /** Gives up. */
  readonly signal: AbortSignal;
}

/**
 * Asks a web address and answers the status code; redirects are not followed
 * and no content is read. Not by `fetch`, which speaks to no port of a long
 * list, such as 6000 or 10080: a heartbeat there would never be heard. Rejects
 * with words that have nothing secret of the address in them.
 */
export async function askOverHttp({ url, timeoutMs, signal }: HttpQuestion): Promise<number> {
  if (signal.aborted) throw new Error('given up');
  const { address, authorization } = splitCredentials(url);
  const { request } = address.protocol === 'https:' ? https : http;
  // No agent: a connection that was kept could have been closed at the other end meanwhile, which is no failure of it.
  const headers = { 'user-agent': 'tenured', ...(authorization && { authorization }) };
  const asking = request(address, { agent: false, headers });
  let given = '';
  const stop = (why: string): void => {
    given = why;
    asking.destroy(new Error(why));
  };
  const giveUp = (): void => stop('given up');
  const limit = setTimeout(() => stop(`did not answer within ${timeoutMs} ms`), timeoutMs);
  signal.addEventListener('abort', giveUp);
  try {
    asking.end();
    const [response]: IncomingMessage[] = await once(asking, 'response');
    response?.on('error', () => undefined);
    return response?.statusCode ?? 0;
  } catch (error) {
    throw new Error(given === '' ? `could not be reached: ${causeOf(error)}` : given);
  } finally {
    clearTimeout(limit);
    signal.removeEventListener('abort', giveUp);
    // Drops the content, however much of it is still to come; what breaks off now is nobody's concern.
    asking.on('error', () => undefined).destroy();
  }
}

/** As a header of their own they are in no error that names the address. */
function splitCredentials(url: string): { readonly address: URL; readonly authorization: string | undefined } {
  const address = new URL(url);
  const { username, password } = address;
  if (username === '' && password === '') return { address, authorization: undefined };
  address.username = '';
  address.password = '';
  const pair = Buffer.from(`${decoded(username)}:${decoded(password)}`).toString('base64');
  return { address, authorization: `Basic ${pair}` };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // A percent sign that nobody encoded stands for itself.
    return part;
  }
}

function causeOf(error: unknown): string {
  const code = errnoOf(error);
  // Node's own word for it is the kernel's for a connection that was reset.
  if (code === 'ECONNRESET') return 'the connection was closed without an answer';
  return code ?? messageOf(error);
}
