/** An orchestrator in a program of one's own; `tenure orchestrate` is the same with a file. */
export type { Clock } from './clock.js';
export type {
  CommandLine,
  LivenessOptions,
  OverlapPolicy,
  RestartOptions,
  RetryOptions,
  TaskFunction,
  TaskOptions,
  TaskScope,
} from './config/task_options.js';
export type { ClientSource } from './daemon_link/daemon_link.js';
export type { OrchestratorNews, Tell } from './news/news.js';
export { createOrchestrator, type Orchestrator, type OrchestratorOptions } from './orchestrator.js';
export type { HolderFacts, Phase, ReasonCode, RunEnd } from './runs/run_end.js';
export { OWN_OUTPUTS, type TaskOutputs } from './runs/task_outputs.js';
