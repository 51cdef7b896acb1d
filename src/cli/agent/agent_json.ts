import { type Agent, type AgentSchedule, ScheduledResult, type ScheduledRun, ScheduleOverlap } from '@tenure/client';
import { enumWord, optional, timestampJson } from '../json_values.js';
import type { Json } from '../lease/lease_json.js';
import { sessionJson } from '../session/session_json.js';

export function agentJson(agent: Agent): Json {
  return {
    name: agent.name,
    image: agent.image,
    command: agent.command,
    repo: agent.repo,
    credentials: agent.credentials.map(({ name, source, inEnvironment }) => ({ name, source, inEnvironment })),
    ...optional('schedule', agent.schedule, scheduleJson),
    concurrency: agent.concurrency,
    running: agent.running,
    ready: agent.notReady === '',
    notReady: agent.notReady,
    ...optional('lastSession', agent.lastSession, sessionJson),
  };
}

function scheduleJson({ cron, timezone, overlap, nextTime, lastRun }: AgentSchedule): Json {
  return {
    cron,
    timezone,
    overlap: enumWord(ScheduleOverlap, overlap),
    ...optional('nextTime', nextTime, timestampJson),
    ...optional('lastRun', lastRun, scheduledRunJson),
  };
}

function scheduledRunJson({ dueTime, result, detail, sessionId }: ScheduledRun): Json {
  return {
    ...optional('dueTime', dueTime, timestampJson),
    result: enumWord(ScheduledResult, result),
    detail,
    sessionId,
  };
}
