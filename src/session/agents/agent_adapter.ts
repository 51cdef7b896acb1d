import { findOnPath } from '../../telemetry/find_on_path.js';
import type { SessionAdapter } from '../adapter.js';
import type { AgentProgram } from './agent_program.js';

export interface AgentAdapterOptions {
  /** PATH of the environment that sessions get. */
  readonly path: string | undefined;
}

/** A coding agent's sessions. All of them have processes here. */
export function agentAdapter(program: AgentProgram, options: AgentAdapterOptions): SessionAdapter {
  return {
    name: program.name,
    // Looked for each time: who installs it needs no restart.
    available: (path = options.path) => Promise.resolve(findOnPath(program.command, path) !== undefined),
    discover: (sinceWallMs, signal) => program.discover(sinceWallMs, signal),
    plan: (order) => program.plan(order),
    planResume: (nativeId, order) => program.planResume(nativeId, order),
    nativeIdOf: (outputHead) => program.nativeIdOf(outputHead),
    resultOf: (outputTail) => program.resultOf(outputTail),
    remote: undefined,
  };
}
