import { type CallOptions, type Client, connect } from '@tenure/client';
import { findRunningDaemon } from '../daemon/running_daemon.js';
import type { ValueKind } from './value_rules.js';
import type { Candidate } from './wish_rules.js';

/** A person waits at the key: no answer is better than a late one. */
const PATIENCE_MS = 300;
/** More than a shell would show. */
const MOST = 1_000;

/** What the daemon knows by name. */
export type KnownKind = Extract<
  ValueKind,
  'resource' | 'lease' | 'secret' | 'namespace' | 'session' | 'group' | 'fuse' | 'adapter' | 'agent' | 'task'
>;

/** Names that begin as written; none where the daemon does not run, or does not answer at once. It is never started. */
export async function askDaemon(kind: KnownKind, written: string): Promise<readonly Candidate[]> {
  if (findRunningDaemon() === undefined) return [];
  const found = await namesInTime(kind, written);
  const unique = new Map(found.map((candidate) => [candidate.value, candidate]));
  return [...unique.values()].filter(({ value }) => value.startsWith(written));
}

async function namesInTime(kind: KnownKind, written: string): Promise<readonly Candidate[]> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  try {
    const client = await connect({ autostart: false, timeoutMs: PATIENCE_MS, signal });
    return await candidatesOf(client, kind, written, { signal });
  } catch {
    return [];
  }
}

async function candidatesOf(
  client: Client,
  kind: KnownKind,
  written: string,
  options: CallOptions,
): Promise<readonly Candidate[]> {
  switch (kind) {
    case 'resource':
    case 'lease': {
      // The daemon selects by whole segments.
      const filter = kind === 'resource' ? { resourcePrefix: written.slice(0, written.lastIndexOf('/') + 1) } : {};
      const { leases } = await client.leases.listLeases({ filter, pageSize: MOST }, options);
      return leases.map(({ resource, leaseId, reason }) =>
        kind === 'resource' ? { value: resource, description: reason } : { value: leaseId, description: resource },
      );
    }
    case 'secret':
    case 'namespace': {
      const { secrets } = await client.secrets.listSecrets({ pageSize: MOST }, options);
      return secrets.flatMap(({ name, source }) => {
        if (kind === 'secret') return [{ value: name, description: source }];
        const end = name.lastIndexOf('/');
        return end < 0 ? [] : [{ value: name.slice(0, end + 1), description: '' }];
      });
    }
    case 'session':
    case 'group': {
      const { sessions } = await client.sessions.listSessions({ ended: true }, options);
      return sessions.flatMap(({ sessionId, group, adapter, prompt }) => {
        if (kind === 'session') return [{ value: sessionId, description: `${adapter} ${prompt}` }];
        return group === '' ? [] : [{ value: group, description: '' }];
      });
    }
    case 'fuse': {
      const { fuses } = await client.sessions.listFuses(undefined, options);
      return fuses.map(({ fuseId, label }) => ({ value: fuseId, description: label }));
    }
    case 'adapter': {
      const { adapters } = await client.sessions.listAdapters(options);
      return adapters.map(({ adapter }) => ({ value: adapter, description: '' }));
    }
    case 'agent': {
      const { agents } = await client.sessions.listAgents(options);
      return agents.map(({ name, image }) => ({ value: name, description: image }));
    }
    case 'task': {
      const { tasks } = await client.tasks.listTasks(undefined, options);
      return tasks.map(({ name }) => ({ value: name, description: '' }));
    }
  }
}
