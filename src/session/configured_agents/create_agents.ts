import type { Session } from '@tenure/client/gen/tenure/session/v1/session';
import { LaunchSessionRequest } from '@tenure/client/gen/tenure/session/v1/session_service';
import type { Peer } from '../../rpc/context.js';
import type { EventSink } from '../../telemetry/events.js';
import type { LaunchedSession } from '../launched/launched_session.js';
import type { LaunchOutcome } from '../launched/launching.js';
import { ScheduleFile } from '../schedules/schedule_file.js';
import { Schedules } from '../schedules/schedules.js';
import type { AgentDefinition } from './agent_definition.js';
import { ConfiguredAgents } from './configured_agents.js';

/** What the daemon gives to schedules. */
export interface ScheduleOptions {
  /** Where it is kept how far they have come. */
  readonly file: string;
  /** What an operator should know of them, by agent, whenever it changes. */
  readonly onTroubles: (troubles: ReadonlyMap<string, string>) => void;
}

export interface AgentsParts extends ScheduleOptions {
  /** As configured now. */
  readonly agents: () => readonly AgentDefinition[];
  readonly launched: () => Iterable<LaunchedSession>;
  /** As ConfiguredAgentsParts has it. */
  readonly lookAtLeft: () => Promise<void>;
  /** By the door that everybody's launches go through. */
  readonly launch: (request: LaunchSessionRequest, peer: Peer, dueWallMs: number) => Promise<LaunchOutcome>;
  /** In whose name schedules launch. */
  readonly peer: () => Peer;
  /** A session as clients see it. */
  readonly show: (sessionId: string) => Promise<Session>;
  readonly notReady: (agent: AgentDefinition) => Promise<string>;
  readonly wallMs: () => number;
  readonly events: EventSink;
  readonly onFault: (error: unknown) => void;
}

/** Puts the room's part together that deals with configured agents. */
export function createAgents(parts: AgentsParts): { readonly agents: ConfiguredAgents; readonly schedules: Schedules } {
  const { agents, launched, lookAtLeft, launch, show, notReady } = parts;
  const schedules = new Schedules({
    ...parts,
    file: new ScheduleFile(parts.file),
    launch: (agent, dueWallMs) => {
      const requestId = `schedule/${agent}/${dueWallMs}`;
      const request = { ...LaunchSessionRequest.decode(new Uint8Array()), agent, requestId };
      return launch(request, { ...parts.peer(), script: 'schedule' }, dueWallMs);
    },
    sessionsOf: (agent) => [...launched()].filter(({ record }) => record.agent?.name === agent),
  });
  return {
    agents: new ConfiguredAgents({ defined: agents, launched, lookAtLeft, show, schedules, notReady }),
    schedules,
  };
}
