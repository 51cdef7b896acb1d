/**
 * Commands that run under leases, as `tenure run` runs them: they start only
 * once the daemon knows their pid, end when a lease is lost, and what they
 * leave behind keeps the resource until it is gone.
 */

export { processStartTicks } from '../process_stat.js';
export type { CommandExit, CommandLife } from './command_life.js';
export { freeGateFd, type GatedChild, type GatedCommand, spawnGated } from './gate.js';
export { familyOf, groupExists, groupMembers, signalGroup, signalProcess } from './process_group.js';
export { type ResolvedCommand, resolveCommand, type UnresolvedKind } from './resolve_command.js';
export {
  type LeasedCommand,
  type LeasedOutcome,
  type LeasedRun,
  type LeaseNews,
  runUnderLeases,
} from './run_under_leases.js';
export { type PlainCommand, type StandardFds, type StartedCommand, spawnPlain, startCommand } from './start_command.js';
