/** What podman, or the want of it, has done to a call. */
export type PodmanFaultKind =
  | 'missing'
  | 'timeout'
  | 'aborted'
  | 'no-image'
  | 'no-space'
  | 'name-in-use'
  | 'no-container'
  | 'no-secret'
  | 'no-init'
  | 'other';

export interface PodmanFault {
  readonly kind: PodmanFaultKind;
  /** What is wrong and what to do, in words that stand by themselves. */
  readonly text: string;
}

const MAX_SHOWN = 500;

/** In podman's own words, of versions 4 and 5. */
const KINDS: readonly (readonly [PodmanFaultKind, RegExp])[] = [
  ['no-space', /no space left on device|disk quota exceeded/i],
  ['no-init', /container-init binary|catatonit/i],
  ['no-image', /image not known|no such image/i],
  ['name-in-use', /name ".*" is already in use|secret name in use/i],
  ['no-container', /no such container|no container with name/i],
  ['no-secret', /no such secret|no secret with name/i],
];

/** @param what The command, such as `podman create`. */
export function faultIn(what: string, messages: string, code: number | undefined): PodmanFault {
  const words = lastWords(messages);
  const kind = KINDS.find(([, pattern]) => pattern.test(words))?.[0] ?? 'other';
  const said = words === '' ? `ended with ${code === undefined ? 'a signal' : `exit code ${code}`}` : `says: ${words}`;
  return { kind, text: `${what} ${said}${hintOf(kind)}` };
}

/** The line that says what went wrong, among all that podman and its runtime have said. */
export function lastWords(messages: string): string {
  const lines = messages.split('\n').filter((line) => line.trim() !== '');
  const line = lines.findLast((one) => one.startsWith('Error: ')) ?? lines.at(-1) ?? '';
  const plain = line
    .replace(/^Error: /, '')
    .replaceAll(/\p{Cc}/gu, ' ')
    .trim();
  return plain.length > MAX_SHOWN ? `${plain.slice(0, MAX_SHOWN)}…` : plain;
}

function hintOf(kind: PodmanFaultKind): string {
  switch (kind) {
    case 'no-image':
      return '; build it, or fetch it with podman pull';
    case 'no-space':
      return "; make room in podman's storage, for instance with podman system prune";
    case 'no-init':
      return '; install catatonit';
    case 'missing':
    case 'timeout':
    case 'aborted':
    case 'name-in-use':
    case 'no-container':
    case 'no-secret':
    case 'other':
      return '';
  }
}
