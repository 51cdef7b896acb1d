import type { AgentDefinition } from '../../src/session/configured_agents/agent_definition.js';

/** A configured agent that says nothing but its name, unless a test does. */
export function agentDefinition(more: Partial<AgentDefinition> & { readonly name: string }): AgentDefinition {
  return {
    image: 'localhost/agent',
    command: ['work'],
    repo: undefined,
    schedule: undefined,
    methodologyDir: undefined,
    mounts: [],
    credentials: [],
    repoToken: undefined,
    timeoutMs: undefined,
    limits: { memoryBytes: undefined, cpus: undefined, pids: undefined },
    network: undefined,
    readOnlyRoot: false,
    concurrency: undefined,
    ...more,
  };
}
