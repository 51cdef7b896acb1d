import type { Clock } from '../os/clock.js';
import type { ProcessWatch } from '../os/process_watch.js';
import type { EventSink } from '../telemetry/events.js';
import type { SessionAdapter } from './adapter.js';
import type { AgentDefinition } from './configured_agents/agent_definition.js';
import type { ScheduleOptions } from './configured_agents/create_agents.js';
import type { ContainerOptions } from './containers/create_containers.js';
import type { LaunchingParts } from './launched/launching.js';
import type { SessionLeases } from './session_leases.js';

/** What the configuration says of sessions; may change while the daemon runs. */
export interface SessionSettings {
  readonly keepMs: number;
  readonly stopGraceMs: number;
  readonly discoverWindowMs: number;
  readonly hookTimeoutMs: number;
  /** Names of agents that have a limit of their own. */
  readonly limitedAgents: readonly string[];
  /** Whether there is a limit for all sessions together. */
  readonly limited: boolean;
}

export interface SessionsOptions {
  /** `sessions` in the state folder. */
  readonly folder: string;
  /** `fuses` in the state folder. */
  readonly fuseFolder: string;
  readonly adapters: () => readonly SessionAdapter[];
  /** As configured; may change while the daemon runs. */
  readonly agents: () => readonly AgentDefinition[];
  readonly containers: ContainerOptions;
  readonly schedules: ScheduleOptions;
  readonly leases: SessionLeases;
  readonly settings: () => SessionSettings;
  readonly processWatch: ProcessWatch;
  readonly clock: Clock;
  readonly bootId: string;
  readonly ownUid: number;
  /** Twelve letters and digits of a-z and 2-7. */
  readonly randomId: () => string;
  readonly environment: NodeJS.ProcessEnv;
  /** Default: launches are in no trace. */
  readonly childTrace?: LaunchingParts['childTrace'];
  readonly directoryResource: LaunchingParts['directoryResource'];
  readonly makeWorktree: LaunchingParts['makeWorktree'];
  readonly dropWorktree: LaunchingParts['dropWorktree'];
  /** Signs webhooks; undefined: they go unsigned. Rejects where the secret's source gives none. */
  readonly webhookSecret: () => Promise<Uint8Array | undefined>;
  readonly events: EventSink;
  readonly onFault: (error: unknown) => void;
}
