import type { AgentResult } from '../agents/agent_program.js';
import type { OutcomeName, SessionEnd, StopNote } from './record.js';

/** How the main process ended, as the shim wrote it down. */
export type MainEnd =
  | { readonly kind: 'code'; readonly code: number; readonly hint?: string }
  | { readonly kind: 'signal'; readonly signal: number; readonly hint?: string }
  | { readonly kind: 'not-started'; readonly why: string }
  /** What it needs beside its process failed it. */
  | { readonly kind: 'broken'; readonly why: string }
  /** Everything is gone, and nothing was written down. */
  | { readonly kind: 'unknown'; readonly why?: string };

/** The exit codes that have a meaning of their own. */
const BY_CODE: ReadonlyMap<number, OutcomeName> = new Map([
  [0, 'success'],
  [2, 'usage'],
  [3, 'blocked'],
  [4, 'nothing-ready'],
  [5, 'work-failed'],
  [6, 'infrastructure'],
  [126, 'not-executable'],
  [127, 'not-found'],
]);

/**
 * How a session ended. Who stopped it comes first, be it before the program
 * could run: what followed says nothing more. But what ends well is a success
 * whoever asked for its end, unless it had run into a limit. A program's own
 * result comes before its exit code, which some agents set to 0 whatever happened.
 */
export function endOf(
  main: MainEnd,
  stop: StopNote | undefined,
  result: AgentResult | undefined,
  wallMs: number,
): SessionEnd {
  const exitCode = main.kind === 'code' ? main.code : undefined;
  const signal = main.kind === 'signal' ? main.signal : 0;
  const [outcome, detail] = judge(main, stop, result);
  return { outcome, detail, exitCode, signal, wallMs };
}

function judge(
  main: MainEnd,
  stop: StopNote | undefined,
  result: AgentResult | undefined,
): readonly [OutcomeName, string] {
  const endedWell = main.kind === 'code' && main.code === 0 && result?.success !== false;
  const isCut = stop !== undefined && isLimit(stop) && result?.success !== true;
  if (stop !== undefined && (isCut || !endedWell)) return [outcomeOfStop(stop), stop.reason];
  if (main.kind === 'not-started' || main.kind === 'broken') return ['infrastructure', main.why];
  if (main.kind === 'unknown') return ['exit-unknown', main.why ?? 'it is gone, and nobody saw how'];
  if (main.kind === 'signal') return ['signal', result?.detail ?? main.hint ?? ''];
  const byCode = BY_CODE.get(main.code) ?? 'failure';
  if (result?.success === false && byCode === 'success') return ['failure', result.detail];
  return [byCode, result?.detail ?? main.hint ?? ''];
}

function isLimit({ by }: StopNote): boolean {
  return by === 'timeout' || by === 'stall';
}

function outcomeOfStop({ by }: StopNote): OutcomeName {
  switch (by) {
    case 'client':
    case 'fuse':
      return 'cancelled';
    case 'timeout':
      return 'timed-out';
    case 'stall':
      return 'stalled';
  }
}
