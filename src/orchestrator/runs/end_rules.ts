import type { CommandExit } from '@tenure/client/command';
import { failed, type RunEnd, skipped } from './run_end.js';

/** Why an orchestrator itself ended a run's work. */
export type EndedFor = 'timeout' | 'shutdown' | 'liveness';

/** What a command says by that a lease was held and it did not run: `tenure run` does, and sysexits calls it EX_TEMPFAIL. */
const DEFERRED_EXIT = 75;

/**
 * What a command's exit says of its run.
 *
 * @param endedFor why the orchestrator ended it; undefined: it ended by itself.
 * @param askedBy who had asked it to give way; undefined: nobody.
 */
export function endOfExit(exit: CommandExit, endedFor: EndedFor | undefined, askedBy: string | undefined): RunEnd {
  const facts = {
    ...(exit.code === null ? {} : { exitCode: exit.code }),
    ...(exit.signal === null ? {} : { signal: exit.signal }),
  };
  if (endedFor !== undefined) return { ...endedByUs(endedFor), ...facts };
  if (exit.code === 0) return { status: 'completed', reasonCode: '', phase: 'child-process', ...facts };
  if (exit.code === DEFERRED_EXIT) {
    if (askedBy === undefined) return skipped('lease-held', 'child-process', facts);
    return skipped('yielded', 'child-process', { ...facts, error: askedBy });
  }
  const how = exit.signal === null ? `exit code ${exit.code}` : `died of ${exit.signal}`;
  if (askedBy !== undefined) return failed('yielded', 'child-process', `gave way: ${askedBy}: ${how}`, facts);
  return failed(exit.signal === null ? 'exit-code' : 'signal', 'child-process', how, facts);
}

/** What it says that the orchestrator ended the work. */
export function endedByUs(endedFor: EndedFor): RunEnd {
  switch (endedFor) {
    case 'timeout':
      return failed('timeout', 'watchdog-timeout', 'ran beyond its time limit and was ended');
    case 'liveness':
      return failed('liveness', 'child-process', 'its liveness probe failed and it was ended');
    case 'shutdown':
      return failed('shutdown', 'shutdown', 'ended because the orchestrator stops');
  }
}

/** The end of a run whose work was done, after its hook. */
export function afterHook(done: RunEnd, hook: RunEnd): RunEnd {
  if (hook.status === 'completed') return done;
  const error = `its onSuccess failed: ${hook.error ?? hook.reasonCode}`;
  return { ...done, status: 'degraded', reasonCode: 'hook-failed', phase: 'success-hook', error };
}

/** Whether another attempt may do better. */
export function isWorthRetrying({ status, reasonCode }: RunEnd): boolean {
  return status === 'failed' && reasonCode !== 'shutdown' && reasonCode !== 'yielded';
}
