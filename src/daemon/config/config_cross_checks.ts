import { agentFaults } from './config_agent_checks.js';
import type { KeyFault } from './config_faults.js';
import { entriesOf, keysOf, type NameTable } from './config_names.js';
import { parseDuration } from './duration.js';

type Path = readonly PropertyKey[];

/**
 * What no single key shows: keys that contradict each other, names that nobody
 * has. Works on the values as read, so that it finds its faults also where
 * other keys are wrong.
 */
export function crossFaults(values: unknown, names: NameTable): readonly KeyFault[] {
  const leases = keysOf(keysOf(values)['leases']);
  const policies = entriesOf(leases['policies']).map(keysOf);
  const peers = entriesOf(keysOf(values)['peers']);
  const sessions = keysOf(keysOf(values)['sessions']);
  const { heartbeat } = keysOf(keysOf(values)['secrets']);
  return [
    ...ttlFaults(leases, ['leases']),
    ...policies.flatMap((policy, index) => ttlFaults(policy, ['leases', 'policies', index])),
    ...policies.flatMap((policy, index) => allowFaults(policy['allow'], names, ['leases', 'policies', index, 'allow'])),
    ...repeatedPatterns(policies),
    ...heartbeatFaults(heartbeat, ['secrets', 'heartbeat']),
    ...repeatedNames(sessions, 'agents', []),
    ...repeatedNames(sessions, 'external', BUILT_IN_ADAPTERS),
    ...agentFaults(keysOf(values)['agents'], adapterNames(sessions)),
    ...peers.flatMap((peer, index) => peerFaults(peer, names, ['peers', index])),
  ];
}

function ttlFaults(group: Readonly<Record<string, unknown>>, path: Path): readonly KeyFault[] {
  const [defaultTtl, maxTtl] = [parseDuration(group['defaultTtl']), parseDuration(group['maxTtl'])];
  if (defaultTtl === undefined || maxTtl === undefined || defaultTtl <= maxTtl) return [];
  return [{ path: [...path, 'defaultTtl'], message: 'is longer than maxTtl beside it; expected at most that' }];
}

function allowFaults(allow: unknown, names: NameTable, path: Path): readonly KeyFault[] {
  return entriesOf(allow).flatMap((user, index) =>
    typeof user === 'string' && user !== '' && !names.users.has(user)
      ? [{ path: [...path, index], message: `is "${user}", whom this machine does not know` }]
      : [],
  );
}

function repeatedPatterns(policies: readonly Readonly<Record<string, unknown>>[]): readonly KeyFault[] {
  return policies.flatMap(({ pattern }, index) => {
    const first = policies.findIndex((other) => other['pattern'] === pattern);
    if (pattern === undefined || first === index) return [];
    const message = `is the pattern of policies[${first}] too, which comes first and decides; keep one of them`;
    return [{ path: ['leases', 'policies', index, 'pattern'], message }];
  });
}

const HEARTBEAT_ACTIONS = ['revokeAll', 'rotateAll', 'wipeVault'] as const;

/** A heartbeat that does nothing when it fails would be taken for a guard. */
function heartbeatFaults(heartbeat: unknown, path: Path): readonly KeyFault[] {
  if (typeof heartbeat !== 'object' || heartbeat === null || Array.isArray(heartbeat)) return [];
  const actions = keysOf(heartbeat);
  // A value of another type is the schema's to refuse.
  if (HEARTBEAT_ACTIONS.some((action) => (actions[action] ?? false) !== false)) return [];
  return [{ path, message: 'sets none of revokeAll, rotateAll and wipeVault to true; expected at least one' }];
}

const BUILT_IN_ADAPTERS = ['process', 'claude-code', 'codex', 'opencode', 'pi', 'podman'];

/** Of all adapters: an agent with one of them would share its leases. */
function adapterNames(sessions: Readonly<Record<string, unknown>>): readonly unknown[] {
  return [...BUILT_IN_ADAPTERS, ...entriesOf(sessions['external']).map((entry) => keysOf(entry)['name'])];
}

function repeatedNames(
  sessions: Readonly<Record<string, unknown>>,
  list: 'agents' | 'external',
  taken: readonly string[],
): readonly KeyFault[] {
  const names = entriesOf(sessions[list]).map((entry) => keysOf(entry)['name']);
  return names.flatMap((name, index) => {
    if (typeof name !== 'string' || (names.indexOf(name) === index && !taken.includes(name))) return [];
    const message = taken.includes(name) ? `is "${name}", which is built in` : `is "${name}" a second time`;
    return [{ path: ['sessions', list, index, 'name'], message }];
  });
}

function peerFaults(peer: unknown, names: NameTable, path: Path): readonly KeyFault[] {
  if (typeof peer !== 'object' || peer === null) return [];
  const { uid, user, gid, group } = keysOf(peer);
  const given = [uid, user, gid, group].filter((value) => value !== undefined).length;
  const faults: KeyFault[] = [];
  if (given !== 1) {
    faults.push({ path, message: `has ${given} of uid, user, gid and group; expected exactly one` });
  }
  if (typeof user === 'string' && user !== '' && !names.users.has(user)) {
    faults.push({ path: [...path, 'user'], message: `is "${user}", whom this machine does not know` });
  }
  if (typeof group === 'string' && group !== '' && !names.groups.has(group)) {
    faults.push({ path: [...path, 'group'], message: `is "${group}", which this machine does not know` });
  }
  return faults;
}
