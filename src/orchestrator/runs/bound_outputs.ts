import { pause } from '../clock.js';
import { messageOf } from './run_end.js';
import type { RunParts } from './run_parts.js';

/** How often the output of what runs is looked at, in milliseconds. */
const LOOK_MS = 10_000;

/** Keeps the output of commands within its bound while they run: a service may run for months. Until the signal fires. */
export async function boundOutputs({ clock, outputs, tell }: RunParts, signal: AbortSignal): Promise<void> {
  for (;;) {
    await pause(clock, LOOK_MS, signal);
    if (signal.aborted) return;
    try {
      outputs.bound();
    } catch (error) {
      tell({ kind: 'notice', level: 'warn', text: `the output of tasks can't be kept short: ${messageOf(error)}` });
    }
  }
}
