import type { AgentRecord } from '../launched/record.js';

/** What events and documents tell of a session's agent; nothing where it is of none. */
export function agentFacts(agent: AgentRecord | undefined): Readonly<Record<string, string>> {
  if (agent === undefined) return {};
  const { name, repo, workUnit, container, dueWallMs } = agent;
  return {
    agent: name,
    ...(repo === '' ? {} : { repo }),
    ...(workUnit === '' ? {} : { workUnit }),
    container: container.name,
    ...(dueWallMs === undefined ? {} : { dueTime: new Date(dueWallMs).toISOString() }),
  };
}
