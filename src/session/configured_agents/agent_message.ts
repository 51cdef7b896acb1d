import {
  type Agent,
  type AgentSchedule,
  ScheduledResult,
  type ScheduledRun,
  ScheduleOverlap,
  type Session,
} from '@tenure/client/gen/tenure/session/v1/session';
import { timestampOfMs } from '../../rpc/durations.js';
import type { RunNote, RunResult } from '../schedules/schedule_file.js';
import type { AgentCredential, AgentDefinition, OverlapName } from './agent_definition.js';

/** How an agent does at this moment. */
export interface AgentFacts {
  readonly running: number;
  /** Empty: it can be launched. */
  readonly notReady: string;
  readonly lastSession: Session | undefined;
  /** Undefined: it is never due again. */
  readonly nextWallMs: number | undefined;
  /** Undefined: it was not due yet. */
  readonly lastRun: RunNote | undefined;
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

function scheduleMessage(
  schedule: AgentDefinition['schedule'],
  { nextWallMs, lastRun }: AgentFacts,
): AgentSchedule | undefined {
  if (schedule === undefined) return undefined;
  const { cron, timezone = '', overlap } = schedule;
  const nextTime = nextWallMs === undefined ? undefined : timestampOfMs(nextWallMs);
  return { cron, timezone, overlap: OVERLAPS[overlap], nextTime, lastRun: runMessage(lastRun) };
}

const RESULTS: Readonly<Record<Exclude<RunResult, 'launching'>, ScheduledResult>> = {
  launched: ScheduledResult.LAUNCHED,
  skipped: ScheduledResult.SKIPPED,
  queued: ScheduledResult.QUEUED,
  refused: ScheduledResult.REFUSED,
  missed: ScheduledResult.MISSED,
};

/** What is being launched shows once it is known what became of it. */
function runMessage(run: RunNote | undefined): ScheduledRun | undefined {
  if (run === undefined || run.result === 'launching') return undefined;
  const { dueWallMs, result, detail, sessionId } = run;
  return { dueTime: timestampOfMs(dueWallMs), result: RESULTS[result], detail, sessionId };
}
