import { didYouMean } from '../../rpc/did_you_mean.js';
import { overlap } from '../../session/configured_agents/mount_rules.js';
import { sourceFault } from './config_agent_keys.js';
import type { KeyFault } from './config_faults.js';
import { entriesOf, keysOf } from './config_names.js';

type Path = readonly PropertyKey[];
type Keys = Readonly<Record<string, unknown>>;

const AGENT_NAME = /^[a-z][a-z0-9_-]{0,31}$/;
/** Also a file's name, and the `target` of a podman secret. */
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
const HOW = ['file', 'environment'];

/** What is wrong with agents that no single key shows: names, what belongs together, what is in each other's way. */
export function agentFaults(agents: unknown, adapters: readonly unknown[]): readonly KeyFault[] {
  return Object.entries(keysOf(agents)).flatMap(([name, value]) => {
    const path = ['agents', name];
    const agent = keysOf(value);
    return [
      ...nameFaults(name, adapters, path),
      ...scheduleFaults(agent, path),
      ...mountFaults(agent, [...path, 'mounts']),
      ...Object.entries(keysOf(agent['credentials'])).flatMap(([variable, given]) =>
        credentialFaults(variable, given, [...path, 'credentials', variable]),
      ),
    ];
  });
}

function nameFaults(name: string, adapters: readonly unknown[], path: Path): readonly KeyFault[] {
  if (!AGENT_NAME.test(name)) {
    const message = 'is no name; expected a-z, 0-9, _ and -, at most 32, that begins with a letter';
    return [{ path, at: 'key', message }];
  }
  return adapters.includes(name) ? [{ path, at: 'key', message: 'is the name of an adapter; take another' }] : [];
}

/** Nobody is there to name one. */
function scheduleFaults(agent: Keys, path: Path): readonly KeyFault[] {
  if (agent['schedule'] === undefined || agent['repo'] !== undefined) return [];
  return [{ path: [...path, 'schedule'], at: 'key', message: 'needs a repo beside it, on which the agent works' }];
}

function mountFaults(agent: Keys, path: Path): readonly KeyFault[] {
  const targets = entriesOf(agent['mounts']).map((mount) => keysOf(mount)['target']);
  return targets.flatMap((target, index) => {
    if (typeof target !== 'string') return [];
    const first = targets.findIndex((other) => typeof other === 'string' && overlap(other, target));
    if (first === index) return [];
    return [{ path: [...path, index, 'target'], message: `is, or is below or above, that of mounts[${first}]` }];
  });
}

function credentialFaults(name: string, given: unknown, path: Path): readonly KeyFault[] {
  const group = typeof given === 'string' ? { source: given } : keysOf(given);
  const { source, as = 'file', ...others } = group;
  const faults: KeyFault[] = [];
  if (!VARIABLE.test(name)) {
    const message = 'is no name of a variable; expected letters, digits and underscores, no digit first';
    faults.push({ path, at: 'key', message });
  } else if (name.startsWith('TENURE_')) {
    faults.push({ path, at: 'key', message: "begins with TENURE_, which is the daemon's own" });
  }
  for (const other of Object.keys(others)) {
    const meant = didYouMean(other, ['source', 'as']);
    const hint = meant === undefined ? 'known here: source, as' : `did you mean ${meant}?`;
    faults.push({ path: [...path, other], at: 'key', message: `is unknown; ${hint}` });
  }
  if (typeof source !== 'string') {
    faults.push({
      path,
      message: 'has no source; expected one such as env:NAME, file:/path, vault:name or exec:command',
    });
  } else {
    const fault = sourceFault(source);
    const at = typeof given === 'string' ? path : [...path, 'source'];
    if (fault !== undefined) faults.push({ path: at, message: fault });
  }
  if (!HOW.some((how) => how === as))
    faults.push({ path: [...path, 'as'], message: 'is neither file nor environment' });
  return faults;
}
