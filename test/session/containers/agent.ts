import type { AgentDefinition } from '../../../src/session/configured_agents/agent_definition.js';
import { agentDefinition } from '../agent_definitions.js';

/** An agent as the configuration would complete it. */
export function agentWith(fields: Partial<AgentDefinition> = {}): AgentDefinition {
  return agentDefinition({ name: 'fixer', image: 'localhost/fixer:1', command: ['run', '--all'], ...fields });
}
