import type { CommandLife } from '@tenure/client/command';
import type { DaemonLink } from '../daemon_link/daemon_link.js';
import type { OwnRun } from './deferral_rules.js';
import type { RunRoom } from './task_run.js';

/** What runs are made with. */
export interface RunParts extends RunRoom {
  readonly link: DaemonLink;
  /** The heavy runs that have their lease or wait for it, by their ids. */
  readonly heavyRuns: Map<string, OwnRun>;
  /** The commands that run now. */
  readonly lives: Set<CommandLife>;
  /** Fires when what still runs is to end at once, without its grace. */
  readonly killed: AbortSignal;
  /** Where commands find that they are asked to give way. */
  readonly yieldFolder: string;
}
