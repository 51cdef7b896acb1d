import { errnoOf, messageOf } from '../os/errno.js';

export interface HttpQuestion {
  /** May hold a user and a password, which go into a header. */
  readonly url: string;
  readonly timeoutMs: number;
  /** Gives up. */
  readonly signal: AbortSignal;
}

/**
 * Asks a web address and answers the status code; redirects are not followed
 * and no content is read. Rejects with words that have nothing secret of the
 * address in them.
 */
export async function askOverHttp({ url, timeoutMs, signal }: HttpQuestion): Promise<number> {
  const { address, authorization } = splitCredentials(url);
  const ending = new AbortController();
  const end = (): void => ending.abort();
  let tooLong = false;
  const limit = setTimeout(() => {
    tooLong = true;
    end();
  }, timeoutMs);
  signal.addEventListener('abort', end);
  try {
    if (signal.aborted) throw new Error('given up');
    const response = await fetch(address, {
      redirect: 'manual',
      signal: ending.signal,
      // A connection that was kept could have been closed at the other end meanwhile, which is no failure of it.
      headers: { 'user-agent': 'tenured', connection: 'close', ...(authorization && { authorization }) },
    });
    return response.status;
  } catch (error) {
    if (tooLong) throw new Error(`did not answer within ${timeoutMs} ms`);
    if (signal.aborted) throw new Error('given up');
    throw new Error(`could not be reached: ${causeOf(error)}`);
  } finally {
    clearTimeout(limit);
    signal.removeEventListener('abort', end);
    // Drops the content, however much of it is still to come.
    end();
  }
}

/** `fetch` takes no address with credentials. */
function splitCredentials(url: string): { readonly address: string; readonly authorization: string | undefined } {
  const address = new URL(url);
  const { username, password } = address;
  if (username === '' && password === '') return { address: address.href, authorization: undefined };
  address.username = '';
  address.password = '';
  const pair = Buffer.from(`${decoded(username)}:${decoded(password)}`).toString('base64');
  return { address: address.href, authorization: `Basic ${pair}` };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // A percent sign that nobody encoded stands for itself.
    return part;
  }
}

/** What lies behind "fetch failed". */
function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = errnoOf(cause);
  if (code === 'UND_ERR_SOCKET') return 'the connection was closed without an answer';
  return code ?? messageOf(cause);
}
