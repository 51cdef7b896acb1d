import { durationFromMillis, type LaunchSessionFields } from '@tenure/client';
import type { Command } from 'commander';
import { parseByteSize } from '../byte_size.js';
import { parseDuration } from '../duration.js';
import { UsageFailure } from '../failure.js';

export interface LimitOptions {
  readonly timeout?: number | undefined;
  readonly stall?: number | undefined;
  readonly stopOnStall?: boolean | undefined;
  readonly outputBytes?: number | undefined;
}

export function addLimitOptions(command: Command): Command {
  return command
    .option('--timeout <duration>', 'longest run; then it is stopped, as timed-out', parseDuration)
    .option('--stall <duration>', 'without output for so long, it is shown as stalled', parseDuration)
    .option('--stop-on-stall', 'stop it then')
    .option('--output-bytes <n>', 'how much of stdout and of stderr is kept (default: 8MiB)', parseByteSize);
}

/** Undefined where no option says anything. */
export function limitsOf(options: LimitOptions): LaunchSessionFields['limits'] {
  const { timeout, stall, stopOnStall, outputBytes } = options;
  if (stopOnStall === true && stall === undefined) {
    throw new UsageFailure('--stop-on-stall needs --stall, which says after how long');
  }
  if (timeout === undefined && stall === undefined && outputBytes === undefined) return undefined;
  return {
    timeout: timeout === undefined ? undefined : durationFromMillis(timeout),
    stall: stall === undefined ? undefined : durationFromMillis(stall),
    stopOnStall,
    outputBytes: outputBytes === undefined ? undefined : BigInt(outputBytes),
  };
}
