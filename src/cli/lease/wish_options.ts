import type { Command } from 'commander';
import { parseDuration, parseWait } from '../duration.js';
import { type ModeWord, parseCapacity, parseLabel, parseMode, parsePriority } from './lease_arguments.js';

/** What whoever takes leases can say of his wish, as commander reads it. */
export interface WishOptions {
  readonly wait?: number | 'forever' | undefined;
  readonly maxHold?: number;
  readonly mode?: ModeWord;
  readonly capacity?: number;
  readonly clientId?: string;
  readonly reason?: string;
  readonly label?: ReadonlyMap<string, string>;
  readonly priority?: number;
}

export function addWishOptions(command: Command): Command {
  return command
    .option('-w, --wait <duration>', "queue for so long, or 'forever' (default: don't wait)", parseWait)
    .option('--max-hold <duration>', 'longest time to hold', parseDuration)
    .option('-m, --mode <mode>', 'exclusive, or shared with others who say shared', parseMode)
    .option('--capacity <n>', 'how many may hold it at once', parseCapacity)
    .option('--client-id <id>', 'a name that survives restarts')
    .option('--reason <text>', 'why, for people')
    .option('--label <key=value>', 'a label; may be repeated', parseLabel)
    .option('--priority <n>', '-100 to 100, higher is served earlier', parsePriority);
}
