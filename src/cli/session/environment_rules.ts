import { LEASES_VARIABLE } from '@tenure/client';

/** A shell can hand on no others; bash's functions stand in such ones. */
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** What is true of the caller alone: its leases, its own session, where it stands. */
const OWN = new Set([LEASES_VARIABLE, 'TENURE_IN_SESSION', 'PWD', 'OLDPWD', '_']);
const OWN_PREFIX = 'TENURE_SESSION_';

/** What a session gets of its caller's environment: keys, PATH and all, so that it works as the caller would. */
export function sessionEnvironment(environment: Readonly<Record<string, string | undefined>>): Map<string, string> {
  const given = new Map<string, string>();
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || OWN.has(name) || name.startsWith(OWN_PREFIX) || !VARIABLE.test(name)) continue;
    given.set(name, value);
  }
  return given;
}
