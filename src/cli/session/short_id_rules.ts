/** By which a session can be named, each of them by its beginning, too. */
export interface Named {
  readonly sessionId: string;
  readonly nativeId: string;
}

const LAUNCHED = /^s[a-z2-7]{12}$/;
/** Shorter ones would soon mean another session. */
const LEAST_LAUNCHED = 5;
const LEAST_FOUND = 8;

/**
 * The shortest words that name each session and no other. One that was found
 * is named by the beginning of its program's own id, where that will do.
 */
export function shortIds(sessions: readonly Named[]): ReadonlyMap<string, string> {
  const keys = sessions
    .flatMap(({ sessionId, nativeId }) => [sessionId, nativeId].map((key) => ({ key, owner: sessionId })))
    .filter(({ key }) => key !== '')
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  /** How many characters each key has in common with another session's. */
  const shared = new Map<string, number>();
  for (const [index, { key, owner }] of keys.entries()) {
    const others = [neighbour(keys, index, -1, owner), neighbour(keys, index, 1, owner)];
    const most = Math.max(...others.map((other) => (other === undefined ? 0 : commonLength(key, other))));
    shared.set(`${owner}\n${key}`, most);
  }
  return new Map(
    sessions.map(({ sessionId, nativeId }) => {
      const isLaunched = LAUNCHED.test(sessionId);
      const key = isLaunched || nativeId === '' ? sessionId : nativeId;
      const least = isLaunched ? LEAST_LAUNCHED : LEAST_FOUND;
      const length = Math.max(least, (shared.get(`${sessionId}\n${key}`) ?? 0) + 1);
      // A whole key that is the beginning of another's names that one, too.
      return [sessionId, length <= key.length ? key.slice(0, length) : sessionId];
    }),
  );
}

/** The nearest key of another session. */
function neighbour(
  keys: readonly { readonly key: string; readonly owner: string }[],
  from: number,
  step: 1 | -1,
  owner: string,
): string | undefined {
  for (let index = from + step; ; index += step) {
    const found = keys[index];
    if (found === undefined) return undefined;
    if (found.owner !== owner) return found.key;
  }
}

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}
