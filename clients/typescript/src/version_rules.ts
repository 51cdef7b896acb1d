/**
 * Whether a client and a daemon of these versions understand each other: any
 * two of one major version do, for the contract takes additions alone within
 * one. What is no version is let pass.
 */
export function understandEachOther(client: string, daemon: string): boolean {
  const [one, other] = [majorOf(client), majorOf(daemon)];
  return one === undefined || other === undefined || one === other;
}

function majorOf(version: string): number | undefined {
  const [, major] = /^(\d+)\.\d+\.\d+/.exec(version) ?? [];
  return major === undefined ? undefined : Number(major);
}
