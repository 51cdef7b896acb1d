/** Where a session's repository is, in its container. */
export const WORKSPACE = '/workspace';
/** Where the agent's methodology is. */
export const METHODOLOGY = '/methodology';
/** Where its credentials are, a file each. */
export const SECRETS = '/run/secrets';
/** Where what it was asked to do is. */
export const WORK = '/run/tenure';

/** The container's own: a mount in, on or above one of them would hide it, or be hidden. */
const RESERVED = [WORKSPACE, METHODOLOGY, SECRETS, WORK, '/proc', '/sys', '/dev'];

const MAX_BYTES = 4_096;

/** What is expected of a path in a container instead of this; undefined where nothing is. */
export function targetFault(target: string): string | undefined {
  if (Buffer.byteLength(target) > MAX_BYTES) return `expected at most ${MAX_BYTES} bytes`;
  const segments = target.split('/').slice(1);
  if (!target.startsWith('/') || segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    return 'expected a plain absolute path such as /data';
  }
  if (hasMountSyntax(target)) return 'expected a path without a comma, a colon or a control character';
  const reserved = RESERVED.find((path) => overlap(path, target));
  return reserved === undefined ? undefined : `expected a place apart from ${reserved}, which is the container's own`;
}

/** What would mean something else in a mount option. */
export function hasMountSyntax(path: string): boolean {
  return /[,:"\p{Cc}]/u.test(path);
}

/** Whether one is the other, or below it. */
export function overlap(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}
