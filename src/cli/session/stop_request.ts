import { constants } from 'node:os';
import { isTenureError } from '@tenure/client';
import { warn } from '../output.js';
import { printable } from '../style.js';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Takes the first Ctrl-C, or TERM, for a request to stop what is waited for.
 * At a second one this process ends without waiting.
 *
 * @param what is stopped, for people.
 * @returns how to leave signals alone again.
 */
export function stopOnSignal(what: string, stop: () => Promise<unknown>): () => void {
  let asked = false;
  const listener = (signal: NodeJS.Signals): void => {
    if (asked) {
      warn(`tenure: not waiting for ${what} any longer`);
      process.exit(128 + constants.signals[signal]);
    }
    asked = true;
    warn(`tenure: stopping ${what}; Ctrl-C again leaves it to itself`);
    stop().catch((error: unknown) => {
      const why = isTenureError(error) ? error.message : String(error);
      warn(`tenure: ${what} could not be stopped: ${printable(why)}`);
    });
  };
  for (const signal of SIGNALS) process.on(signal, listener);
  return () => {
    for (const signal of SIGNALS) process.off(signal, listener);
  };
}
