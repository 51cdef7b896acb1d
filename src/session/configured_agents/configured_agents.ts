import type { Agent, Session } from '@tenure/client/gen/tenure/session/v1/session';
import { Refusal } from '../../rpc/refusal.js';
import type { LaunchedSession } from '../launched/launched_session.js';
import type { Schedules } from '../schedules/schedules.js';
import type { AgentDefinition } from './agent_definition.js';
import { agentMessage } from './agent_message.js';

export interface ConfiguredAgentsParts {
  /** By name. */
  readonly defined: () => readonly AgentDefinition[];
  readonly launched: () => Iterable<Pick<LaunchedSession, 'record' | 'phase'>>;
  /** Looks again at what sessions that are over have left running. */
  readonly lookAtLeft: () => Promise<void>;
  /** As clients see it. */
  readonly show: (sessionId: string) => Promise<Session>;
  readonly schedules: Pick<Schedules, 'nextWallMs' | 'lastRunOf'>;
  /** What keeps one from being launched; empty: nothing that can be known before. Never rejects. */
  readonly notReady: (agent: AgentDefinition) => Promise<string>;
}

/** The agents as they are configured now, and how they do. */
export class ConfiguredAgents {
  readonly #parts: ConfiguredAgentsParts;

  constructor(parts: ConfiguredAgentsParts) {
    this.#parts = parts;
  }

  named(name: string): AgentDefinition {
    const agent = this.#parts.defined().find((one) => one.name === name);
    if (agent === undefined) throw new Refusal('AGENT_NOT_FOUND', `no agent '${name}' is configured`);
    return agent;
  }

  async list(): Promise<readonly Agent[]> {
    await this.#parts.lookAtLeft();
    return Promise.all(
      this.#parts.defined().map(async (agent) => {
        const own = [...this.#parts.launched()].filter(({ record }) => record.agent?.name === agent.name);
        const newest = own.toSorted((a, b) => b.record.startWallMs - a.record.startWallMs)[0];
        return agentMessage(agent, {
          running: own.filter(({ phase }) => phase !== 'ended').length,
          notReady: await this.#parts.notReady(agent),
          nextWallMs: this.#parts.schedules.nextWallMs(agent),
          lastRun: this.#parts.schedules.lastRunOf(agent.name),
          lastSession: newest === undefined ? undefined : await this.#parts.show(newest.record.sessionId),
        });
      }),
    );
  }
}
