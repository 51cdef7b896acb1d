import type { UserDatabase } from '../user_database.js';

/** The keys of a value as it was read from a file; none where it is no group of keys. */
export function keysOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}

/** The entries of a value as it was read from a file; none where it is no list. */
export function entriesOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The ids of all users and groups that a configuration names. */
export interface NameTable {
  readonly users: ReadonlyMap<string, number>;
  readonly groups: ReadonlyMap<string, number>;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

async function lookUp(
  names: readonly unknown[],
  idOf: (name: string) => Promise<number | undefined>,
): Promise<Map<string, number>> {
  const ids = new Map<string, number>();
  for (const name of new Set(names.filter(isText))) {
    const id = await idOf(name);
    if (id !== undefined) ids.set(name, id);
  }
  return ids;
}

/** Looks up all names in a configuration, right or wrong otherwise. */
export async function resolveNames(values: unknown, users: UserDatabase): Promise<NameTable> {
  const peers = entriesOf(keysOf(values)['peers']).map(keysOf);
  const policies = entriesOf(keysOf(keysOf(values)['leases'])['policies']).map(keysOf);
  return {
    users: await lookUp(
      [...peers.map((peer) => peer['user']), ...policies.flatMap((policy) => entriesOf(policy['allow']))],
      users.uidOf,
    ),
    groups: await lookUp(
      peers.map((peer) => peer['group']),
      users.gidOf,
    ),
  };
}
