import type { MetricsPlace, TelemetrySettings } from '../../opentelemetry/settings_rules.js';
import type { Role } from '../../rpc/context.js';
import type { HeartbeatSettings } from '../../secret/heartbeat/heartbeat.js';
import type { AgentDefinition } from '../../session/configured_agents/agent_definition.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export type HandoverName = 'grant' | 'wait' | 'terminate';

/** A peer beyond the own uid and root, who are operators always. */
export interface PeerRule {
  readonly match: { readonly kind: 'uid' | 'gid'; readonly id: number };
  readonly role: Role;
}

/** Rules of the resources that a pattern selects; what is unset comes from the rest of the configuration. */
export interface PolicyRule {
  readonly pattern: string;
  readonly defaultTtlMs: number;
  readonly maxTtlMs: number;
  readonly capacity: number | undefined;
  readonly handover: HandoverName;
  readonly maxHoldMs: number | undefined;
  /** Uids; undefined: everybody who may take leases at all. */
  readonly allow: readonly number[] | undefined;
}

/** Bounds that keep one daemon within its machine; what goes over them is refused, not queued. */
export interface Limits {
  readonly leases: number;
  readonly waiters: number;
  readonly watchers: number;
  readonly connections: number;
}

/** What is launched and found. */
export interface SessionConfig {
  /** Of all launched sessions together; undefined: none. */
  readonly limit: number | undefined;
  /** Of one adapter's launched sessions. */
  readonly agents: readonly { readonly name: string; readonly limit: number }[];
  readonly keepMs: number;
  readonly stopGraceMs: number;
  readonly discoverWindowMs: number;
  readonly hookTimeoutMs: number;
  /** A source string; undefined: webhooks go unsigned. */
  readonly webhookSecret: string | undefined;
  readonly external: readonly { readonly name: string; readonly command: readonly string[] }[];
}

/** The configuration, complete and checked: all that the rest of the daemon sees of it. */
export interface Config {
  readonly logging: { readonly level: LogLevel };
  readonly socket: string | undefined;
  readonly peers: readonly PeerRule[];
  readonly leases: {
    readonly defaultTtlMs: number;
    readonly maxTtlMs: number;
    readonly terminateGraceMs: number;
    readonly history: { readonly events: number; readonly bytes: number };
    readonly limits: Limits;
    readonly policies: readonly PolicyRule[];
  };
  readonly secrets: {
    /** Where `env:` sources find their variables; undefined: in the daemon's environment. */
    readonly envFile: string | undefined;
    readonly sourceTimeoutMs: number;
    readonly commandTimeoutMs: number;
    /** A remote address that must go on answering; where it does not, the kill switch is pulled. Undefined: none. */
    readonly heartbeat: HeartbeatSettings | undefined;
  };
  readonly sessions: SessionConfig;
  /** By name. */
  readonly agents: readonly AgentDefinition[];
  readonly tasks: {
    /** How long a task may be deferred that does not say so itself; 0: for ever. */
    readonly starveAfterMs: number;
    readonly history: {
      readonly perTask: number;
      readonly total: number;
      readonly bytes: number;
      readonly maxAgeMs: number;
    };
  };
  /** Bounds of the audit log. Leases that were held and waited for less than `leasesFromMs` (Infinity: any) are left out. */
  readonly audit: { readonly maxBytes: number; readonly maxAgeMs: number; readonly leasesFromMs: number };
  readonly events: {
    /** `on`: joelclaw where it is on PATH; a list: that command. */
    readonly exec: 'on' | 'off' | readonly string[];
    /** May hold credentials: never shown as it is. Undefined: none. */
    readonly webhook: string | undefined;
  };
  readonly telemetry: TelemetrySettings;
  /** Where Prometheus finds the metrics; undefined: nowhere. */
  readonly metrics: { readonly listen: MetricsPlace | undefined };
}

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;

/** Closes the list of policies: secrets are leased for longer than ordinary resources. */
export const SECRET_POLICY: PolicyRule = {
  pattern: 'secret/**',
  defaultTtlMs: HOUR,
  maxTtlMs: 24 * HOUR,
  capacity: undefined,
  handover: 'grant',
  maxHoldMs: undefined,
  allow: undefined,
};

/** What a heartbeat has that says nothing but its address and its actions. */
export const HEARTBEAT_DEFAULTS = { intervalMs: 60 * SECOND, timeoutMs: 10 * SECOND, failures: 3 } as const;

/** The configuration of a daemon without a file. */
export const DEFAULT_CONFIG: Config = {
  logging: { level: 'info' },
  socket: undefined,
  peers: [],
  leases: {
    defaultTtlMs: 60 * SECOND,
    maxTtlMs: 24 * HOUR,
    terminateGraceMs: 10 * SECOND,
    history: { events: 50_000, bytes: 16 * 1024 * 1024 },
    limits: { leases: 250_000, waiters: 50_000, watchers: 10_000, connections: 4_096 },
    policies: [SECRET_POLICY],
  },
  secrets: {
    envFile: undefined,
    sourceTimeoutMs: 10 * SECOND,
    commandTimeoutMs: 30 * SECOND,
    heartbeat: undefined,
  },
  sessions: {
    limit: undefined,
    agents: [],
    keepMs: 7 * DAY,
    stopGraceMs: 10 * SECOND,
    discoverWindowMs: DAY,
    hookTimeoutMs: 120 * SECOND,
    webhookSecret: undefined,
    external: [],
  },
  agents: [],
  tasks: {
    starveAfterMs: HOUR,
    history: { perTask: 200, total: 10_000, bytes: 4 * 1024 * 1024, maxAgeMs: 30 * DAY },
  },
  audit: { maxBytes: 16 * 1024 * 1024, maxAgeMs: 30 * DAY, leasesFromMs: SECOND },
  events: { exec: 'on', webhook: undefined },
  telemetry: {
    endpoint: undefined,
    protocol: 'http/protobuf',
    traces: true,
    metrics: true,
    logs: true,
    sampling: 1,
    serviceName: 'tenured',
  },
  metrics: { listen: undefined },
};
