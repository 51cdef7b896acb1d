import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A directory service that does not answer must not keep the daemon from starting. */
const LOOKUP_TIMEOUT_MS = 3_000;

/** The id in a line `name:password:id:…` of passwd(5) or group(5). */
export function idInDatabase(text: string, name: string): number | undefined {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name}:`));
  const id = line?.split(':')[2] ?? '';
  return /^\d+$/.test(id) ? Number(id) : undefined;
}

async function askGetent(database: string, name: string): Promise<string> {
  return await new Promise((resolve) => {
    // getent also asks LDAP and the like; without it, or where it fails, the name is unknown.
    execFile('getent', [database, '--', name], { timeout: LOOKUP_TIMEOUT_MS }, (_error, output) => resolve(output));
  });
}

async function idOf(database: 'passwd' | 'group', name: string): Promise<number | undefined> {
  return (
    idInDatabase(readFileSync(`/etc/${database}`, 'utf8'), name) ?? idInDatabase(await askGetent(database, name), name)
  );
}

/** Finds the ids of users and groups by name; undefined where there is no such name. */
export interface UserDatabase {
  uidOf(name: string): Promise<number | undefined>;
  gidOf(name: string): Promise<number | undefined>;
}

export const systemUsers: UserDatabase = {
  uidOf: (name) => idOf('passwd', name),
  gidOf: (name) => idOf('group', name),
};
