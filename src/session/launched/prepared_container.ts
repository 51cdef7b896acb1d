import type { LaunchPlan } from '../agents/agent_program.js';
import type { AgentRecord } from './record.js';

/** A container that a launch is to have: its credentials are at hand, and nothing of it is made yet. */
export interface PreparedContainer {
  /** The configured agent. */
  readonly agent: string;
  /** What runs in it, without its arguments. */
  readonly command: string;
  /** Makes what it will see of the session's folder; answers the session's directory. */
  furnish(folder: string): string;
  /** How to start it, once it is made. */
  plan(sessionId: string, folder: string): LaunchPlan;
  /** Makes it. What fails leaves nothing behind. Rejects with a Refusal. */
  create(sessionId: string, folder: string): Promise<AgentRecord>;
  /** Takes back what was made, where no session comes of it. Never rejects. */
  discard(sessionId: string): Promise<void>;
}
