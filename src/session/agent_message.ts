import {
  type Agent,
  type AgentSchedule,
  ScheduleOverlap,
  type Session,
} from '@tenure/client/gen/tenure/session/v1/session';
import { timestampOfMs } from '../rpc/durations.js';
import type { AgentCredential, AgentDefinition, OverlapName } from './agent_definition.js';

/** How an agent does at this moment. */
export interface AgentFacts {
  readonly running: number;
  /** Empty: it can be launched. */
  readonly notReady: string;
  readonly lastSession: Session | undefined;
  /** Undefined: it is never due again. */
  readonly nextWallMs: number | undefined;
}

const OVERLAPS: Readonly<Record<OverlapName, ScheduleOverlap>> = {
  skip: ScheduleOverlap.SKIP,
  queue: ScheduleOverlap.QUEUE,
  allow: ScheduleOverlap.ALLOW,
};

/** An agent as clients see it. */
export function agentMessage(agent: AgentDefinition, facts: AgentFacts): Agent {
  return {
    name: agent.name,
    image: agent.image,
    command: agent.command[0],
    repo: agent.repo ?? '',
    credentials: agent.credentials.map(credentialMessage),
    schedule: scheduleMessage(agent.schedule, facts),
    concurrency: agent.concurrency ?? 0,
    running: facts.running,
    notReady: facts.notReady,
    lastSession: facts.lastSession,
  };
}

/** A command may have anything in its arguments. */
function credentialMessage({ name, source, as }: AgentCredential): Agent['credentials'][number] {
  return { name, source: source.startsWith('exec:') ? 'exec:' : source, inEnvironment: as === 'environment' };
}

function scheduleMessage(schedule: AgentDefinition['schedule'], { nextWallMs }: AgentFacts): AgentSchedule | undefined {
  if (schedule === undefined) return undefined;
  const { cron, timezone = '', overlap } = schedule;
  const nextTime = nextWallMs === undefined ? undefined : timestampOfMs(nextWallMs);
  return { cron, timezone, overlap: OVERLAPS[overlap], nextTime, lastRun: undefined };
}
