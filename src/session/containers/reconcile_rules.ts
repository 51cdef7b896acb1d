/** Where a session of this daemon stands. `making`: its launch is under way. `unknown`: there is no record of it. */
export type SessionStanding = 'making' | 'living' | 'ended' | 'unknown' | 'unreadable';

/** A container of this instance, as podman lists it. */
export interface FoundContainer {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  /** By its labels; empty where they do not say. */
  readonly agent: string;
  readonly sessionId: string;
  /** Of its main process; 0: there is none. */
  readonly pid: number;
  /** Its main process lives, whatever podman believes. */
  readonly alive: boolean;
  readonly startWallMs: number;
}

/** A secret of this instance. */
export interface FoundSecret {
  readonly name: string;
  readonly sessionId: string;
}

export interface Found {
  readonly containers: readonly FoundContainer[];
  readonly secrets: readonly FoundSecret[];
}

/** What is to be done with what was found. What is in neither list stays as it is. */
export interface Plan {
  readonly removeContainers: readonly FoundContainer[];
  readonly removeSecrets: readonly FoundSecret[];
  /** Running ones that no record tells of. */
  readonly adopt: readonly FoundContainer[];
}

/**
 * Sorts what this instance has left with podman. A container lives by its own
 * main process; it is kept for a session that lives, becomes one where it
 * runs without, and is removed else.
 */
export function planOf(
  { containers, secrets }: Found,
  standingOf: (sessionId: string) => SessionStanding,
  /** Its container runs: podman has read its secrets. */
  hasStarted: (sessionId: string) => boolean,
): Plan {
  const removeContainers: FoundContainer[] = [];
  const adopt: FoundContainer[] = [];
  for (const container of containers) {
    switch (fateOf(container, standingOf(container.sessionId))) {
      case 'keep':
        break;
      case 'adopt':
        adopt.push(container);
        break;
      case 'remove':
        removeContainers.push(container);
        break;
    }
  }
  const isWanted = ({ sessionId }: FoundSecret): boolean => {
    const standing = standingOf(sessionId);
    return standing === 'making' || (standing === 'living' && !hasStarted(sessionId));
  };
  return { removeContainers, adopt, removeSecrets: secrets.filter((secret) => !isWanted(secret)) };
}

function fateOf({ alive, sessionId }: FoundContainer, standing: SessionStanding): 'keep' | 'remove' | 'adopt' {
  switch (standing) {
    case 'making':
    case 'living':
      return 'keep';
    case 'ended':
      return 'remove';
    case 'unreadable':
      return alive ? 'keep' : 'remove';
    case 'unknown':
      if (!alive) return 'remove';
      // Nobody but us makes any with our label, but ours have a session's: it is not for us to end.
      return /^s[a-z2-7]{12}$/.test(sessionId) ? 'adopt' : 'keep';
  }
}
