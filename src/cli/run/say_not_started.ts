import { warn } from '../output.js';

export function sayNotStarted(error: unknown): void {
  warn(`tenure: the command could not be started: ${error instanceof Error ? error.message : String(error)}`);
}
