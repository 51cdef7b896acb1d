/** What lstat(2) tells that matters here. */
export interface PathFacts {
  readonly kind: 'folder' | 'socket' | 'file' | 'link' | 'other';
  readonly uid: number;
  /** Permission bits, the sticky bit among them. */
  readonly mode: number;
}

const OTHERS_WRITE = 0o022;
const ALL_WRITE = 0o002;
const STICKY = 0o1000;

/** As `ls` would have it in numbers: `0700`. */
export function modeText(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}

/** Why clients and the daemon would not use this folder for a socket; undefined where they would. */
export function socketFolderFault(facts: PathFacts, uid: number): string | undefined {
  if (facts.kind === 'link') return 'is a link';
  if (facts.kind !== 'folder') return 'is no folder';
  if (facts.uid !== uid && facts.uid !== 0) return `belongs to uid ${facts.uid}`;
  const replaceable = (facts.mode & OTHERS_WRITE) !== 0 && (facts.mode & STICKY) === 0;
  return replaceable ? `may be written by others (mode ${modeText(facts.mode)})` : undefined;
}

/** Where `chmod` by its owner mends such a folder. */
export function mayMakePrivate(facts: PathFacts, uid: number): boolean {
  return facts.kind === 'folder' && facts.uid === uid;
}

/** Why clients would not connect to this; undefined where they would. */
export function socketFault(facts: PathFacts, uid: number): string | undefined {
  if (facts.kind === 'link') return 'is a link';
  if (facts.kind !== 'socket') return 'is no socket';
  return facts.uid !== uid && facts.uid !== 0 ? `belongs to uid ${facts.uid}` : undefined;
}

/** Whether the next start makes a state folder private that is open to others; one that all may write to it refuses. */
export function isMadePrivate(facts: PathFacts, uid: number): boolean {
  return mayMakePrivate(facts, uid) && (facts.mode & (STICKY | ALL_WRITE)) === 0;
}

/** What is wrong with a folder or file that is to be its owner's alone; undefined where nothing is. */
export function privateFault(facts: PathFacts, kind: 'folder' | 'file', uid: number): string | undefined {
  if (facts.kind !== kind) return facts.kind === 'link' ? 'is a link' : `is no ${kind}`;
  if (facts.uid !== uid) return `belongs to uid ${facts.uid}`;
  return (facts.mode & 0o077) === 0 ? undefined : `is open to others (mode ${modeText(facts.mode)})`;
}
