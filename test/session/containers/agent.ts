import type { AgentDefinition } from '../../../src/session/agent_definition.js';

/** An agent as the configuration would complete it. */
export function agentWith(fields: Partial<AgentDefinition> = {}): AgentDefinition {
  return {
    name: 'fixer',
    image: 'localhost/fixer:1',
    command: ['run', '--all'],
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
    ...fields,
  };
}
