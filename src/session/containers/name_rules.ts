/** Whose a container is: the daemon of one state folder. */
export const INSTANCE_LABEL = 'tenure.instance';
export const AGENT_LABEL = 'tenure.agent';
export const SESSION_LABEL = 'tenure.session';

const SECRET_NAME = /^tenure-([a-z2-7]{12})-(s[a-z2-7]{12})-\d+$/;

/** Says whose it is, also to people; podman lets no two have the same. */
export function containerName(instance: string, agent: string, sessionId: string): string {
  return `tenure-${instance}-${agent}-${sessionId}`;
}

/** Podman takes names of at most 64 bytes, and an agent's credential may have a longer one: hence the number. */
export function secretName(instance: string, sessionId: string, number: number): string {
  return `tenure-${instance}-${sessionId}-${number}`;
}

/** The session that a secret of this instance was made for; undefined: it is another's. */
export function sessionOfSecret(instance: string, name: string): string | undefined {
  const match = SECRET_NAME.exec(name);
  return match?.[1] === instance ? match[2] : undefined;
}
