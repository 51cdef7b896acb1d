import type { AgentCredential, AgentDefinition } from '../../session/configured_agents/agent_definition.js';
import { keysOf } from './config_names.js';
import type { ConfigInput } from './config_schema.js';

type AgentsInput = NonNullable<ConfigInput['agents']>;
type AgentInput = AgentsInput[string];

/** Fills the defaults into agents that have passed all checks. */
export function completeAgents(agents: AgentsInput): readonly AgentDefinition[] {
  return Object.entries(agents)
    .map(([name, agent]) => completeAgent(name, agent))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function completeAgent(name: string, agent: AgentInput): AgentDefinition {
  const [program = '', ...args] = agent.command;
  return {
    name,
    image: agent.image,
    command: [program, ...args],
    repo: agent.repo,
    schedule: agent.schedule && {
      cron: agent.schedule.cron,
      timezone: agent.schedule.timezone,
      overlap: agent.schedule.overlap ?? 'skip',
    },
    methodologyDir: agent.methodology,
    mounts: (agent.mounts ?? []).map(({ source, target, readOnly = true }) => ({ source, target, readOnly })),
    credentials: Object.entries(agent.credentials ?? {}).map(([variable, given]) => credentialOf(variable, given)),
    repoToken: agent.repoToken,
    timeoutMs: agent.timeout,
    limits: { memoryBytes: agent.limits?.memory, cpus: agent.limits?.cpus, pids: agent.limits?.pids },
    network: agent.network,
    readOnlyRoot: agent.readOnlyRoot ?? false,
    concurrency: agent.concurrency,
  };
}

function credentialOf(name: string, given: unknown): AgentCredential {
  const { source, as } = keysOf(typeof given === 'string' ? { source: given } : given);
  return { name, source: String(source), as: as === 'environment' ? 'environment' : 'file' };
}
