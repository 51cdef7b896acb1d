import type { HeartbeatSettings } from '../../secret/heartbeat/heartbeat.js';
import {
  type Config,
  DEFAULT_CONFIG,
  HEARTBEAT_DEFAULTS,
  type PeerRule,
  type PolicyRule,
  SECRET_POLICY,
} from './config.js';
import { completeAgents } from './config_complete_agents.js';
import type { NameTable } from './config_names.js';
import type { ConfigInput } from './config_schema.js';

type PeerInput = NonNullable<ConfigInput['peers']>[number];
type PolicyInput = NonNullable<NonNullable<ConfigInput['leases']>['policies']>[number];
type HeartbeatInput = NonNullable<NonNullable<ConfigInput['secrets']>['heartbeat']>;

interface TtlBounds {
  readonly defaultTtlMs: number;
  readonly maxTtlMs: number;
}

/** Fills the defaults into a configuration that has passed all checks. */
export function completeConfig(input: ConfigInput, names: NameTable): Config {
  const defaults = DEFAULT_CONFIG.leases;
  const leases = input.leases ?? {};
  const ttl = completeTtl(leases, defaults);
  return {
    logging: { level: input.logging?.level ?? DEFAULT_CONFIG.logging.level },
    socket: input.socket,
    peers: (input.peers ?? []).map((peer) => completePeer(peer, names)),
    leases: {
      ...ttl,
      terminateGraceMs: leases.terminateGrace ?? defaults.terminateGraceMs,
      history: {
        events: leases.history?.events ?? defaults.history.events,
        bytes: leases.history?.bytes ?? defaults.history.bytes,
      },
      limits: {
        leases: leases.limits?.leases ?? defaults.limits.leases,
        waiters: leases.limits?.waiters ?? defaults.limits.waiters,
        watchers: leases.limits?.watchers ?? defaults.limits.watchers,
        connections: leases.limits?.connections ?? defaults.limits.connections,
      },
      policies: [...(leases.policies ?? []).map((policy) => completePolicy(policy, ttl, names)), SECRET_POLICY],
    },
    secrets: completeSecrets(input.secrets ?? {}),
    sessions: completeSessions(input.sessions ?? {}),
    agents: completeAgents(input.agents ?? {}),
    tasks: completeTasks(input.tasks ?? {}),
    audit: {
      maxBytes: input.audit?.maxBytes ?? DEFAULT_CONFIG.audit.maxBytes,
      maxAgeMs: input.audit?.maxAge ?? DEFAULT_CONFIG.audit.maxAgeMs,
      leasesFromMs: input.audit?.leases ?? DEFAULT_CONFIG.audit.leasesFromMs,
    },
    events: { exec: input.events?.exec ?? DEFAULT_CONFIG.events.exec, webhook: input.events?.webhook },
    telemetry: completeTelemetry(input.telemetry ?? {}),
    metrics: { listen: input.metrics?.listen },
  };
}

/** A default that nobody wrote gives way to a smaller maximum, and a maximum that nobody wrote to a larger default. */
function completeTtl(
  given: { readonly defaultTtl?: number | undefined; readonly maxTtl?: number | undefined },
  outer: TtlBounds,
): TtlBounds {
  const defaultTtlMs = given.defaultTtl ?? Math.min(outer.defaultTtlMs, given.maxTtl ?? outer.maxTtlMs);
  return { defaultTtlMs, maxTtlMs: given.maxTtl ?? Math.max(outer.maxTtlMs, defaultTtlMs) };
}

function completePolicy(policy: PolicyInput, ttl: TtlBounds, names: NameTable): PolicyRule {
  const outer = policy.pattern.startsWith('secret/') ? SECRET_POLICY : ttl;
  return {
    pattern: policy.pattern,
    ...completeTtl(policy, outer),
    capacity: policy.capacity,
    handover: policy.handover ?? 'grant',
    maxHoldMs: policy.maxHold,
    allow: policy.allow?.map((user) => (typeof user === 'number' ? user : known(names.users, user))),
  };
}

function completeSecrets(input: NonNullable<ConfigInput['secrets']>): Config['secrets'] {
  const defaults = DEFAULT_CONFIG.secrets;
  return {
    envFile: input.envFile,
    sourceTimeoutMs: input.sourceTimeout ?? defaults.sourceTimeoutMs,
    commandTimeoutMs: input.commandTimeout ?? defaults.commandTimeoutMs,
    heartbeat: input.heartbeat && completeHeartbeat(input.heartbeat),
  };
}

function completeSessions(input: NonNullable<ConfigInput['sessions']>): Config['sessions'] {
  const defaults = DEFAULT_CONFIG.sessions;
  return {
    limit: input.limit,
    agents: (input.agents ?? []).flatMap(({ name, limit }) => (limit === undefined ? [] : [{ name, limit }])),
    keepMs: input.keep ?? defaults.keepMs,
    stopGraceMs: input.stopGrace ?? defaults.stopGraceMs,
    discoverWindowMs: input.discoverWindow ?? defaults.discoverWindowMs,
    hookTimeoutMs: input.hookTimeout ?? defaults.hookTimeoutMs,
    webhookSecret: input.webhookSecret,
    external: input.external ?? [],
  };
}

function completeTasks(input: NonNullable<ConfigInput['tasks']>): Config['tasks'] {
  const { starveAfterMs, history } = DEFAULT_CONFIG.tasks;
  return {
    starveAfterMs: input.starveAfter ?? starveAfterMs,
    history: {
      perTask: input.history?.perTask ?? history.perTask,
      total: input.history?.total ?? history.total,
      bytes: input.history?.bytes ?? history.bytes,
      maxAgeMs: input.history?.maxAge ?? history.maxAgeMs,
    },
  };
}

function completeTelemetry(input: NonNullable<ConfigInput['telemetry']>): Config['telemetry'] {
  const defaults = DEFAULT_CONFIG.telemetry;
  return {
    endpoint: input.endpoint,
    protocol: input.protocol ?? defaults.protocol,
    traces: input.traces ?? defaults.traces,
    metrics: input.metrics ?? defaults.metrics,
    logs: input.logs ?? defaults.logs,
    sampling: input.sampling ?? defaults.sampling,
    serviceName: input.serviceName ?? defaults.serviceName,
  };
}

function completeHeartbeat(input: HeartbeatInput): HeartbeatSettings {
  return {
    url: input.url,
    intervalMs: input.interval ?? HEARTBEAT_DEFAULTS.intervalMs,
    timeoutMs: input.timeout ?? HEARTBEAT_DEFAULTS.timeoutMs,
    failures: input.failures ?? HEARTBEAT_DEFAULTS.failures,
    revokeAll: input.revokeAll ?? false,
    rotateAll: input.rotateAll ?? false,
    wipeVault: input.wipeVault ?? false,
  };
}

function completePeer(peer: PeerInput, names: NameTable): PeerRule {
  const { role, uid, user, gid, group } = peer;
  if (uid !== undefined) return { match: { kind: 'uid', id: uid }, role };
  if (gid !== undefined) return { match: { kind: 'gid', id: gid }, role };
  if (user !== undefined) return { match: { kind: 'uid', id: known(names.users, user) }, role };
  return { match: { kind: 'gid', id: known(names.groups, group ?? '') }, role };
}

function known(ids: ReadonlyMap<string, number>, name: string): number {
  const id = ids.get(name);
  // The checks before have refused unknown names.
  if (id === undefined) throw new Error(`no id was looked up for "${name}"`);
  return id;
}
