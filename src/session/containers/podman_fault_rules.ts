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
  | 'no-firewall'
  | 'rlimit'
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
  // Of netavark, which runs them; version 4 does not name the program that it has not found.
  ['no-firewall', /netavark: (?:.*\b(?:iptables|nft|nftables)\b.*)?no such file or directory/i],
  ['no-firewall', /"(?:iptables|nft)": executable file not found/i],
  // runc's words, and crun's.
  ['rlimit', /(?:setting rlimit|setrlimit).*operation not permitted/i],
  ['no-init', /container-init binary|catatonit/i],
  ['no-image', /image not known|no such image/i],
  ['name-in-use', /name ".*" is already in use|secret name in use/i],
  ['no-container', /no such container|no container with name/i],
  ['no-secret', /no such secret|no secret with name/i],
];

/** @param what The command, such as `podman create`. */
export function faultIn(what: string, messages: string, code: number | undefined): PodmanFault {
  const words = lastWords(messages);
  const kind = kindOf(words);
  const said = words === '' ? `ended with ${code === undefined ? 'a signal' : `exit code ${code}`}` : `says: ${words}`;
  return { kind, text: `${what} ${said}${hintOf(kind)}` };
}

/** What podman said, and what to do about it where that is known. */
export function withHint(words: string): string {
  return `${words}${hintOf(kindOf(words))}`;
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

function kindOf(words: string): PodmanFaultKind {
  return KINDS.find(([, pattern]) => pattern.test(words))?.[0] ?? 'other';
}

function hintOf(kind: PodmanFaultKind): string {
  switch (kind) {
    case 'no-image':
      return '; build it, or fetch it with podman pull';
    case 'no-space':
      return "; make room in podman's storage, for instance with podman system prune";
    case 'no-init':
      return '; install catatonit';
    case 'no-firewall':
      return '; install iptables (nftables where netavark uses that), or set network: none for the agent';
    case 'rlimit':
      return '; set default_ulimits in containers.conf (see docs/containers.md)';
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
