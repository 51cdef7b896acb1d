import { type ProgramEnd, runProgram } from '../../os/program.js';
import { findOnPath } from '../../telemetry/find_on_path.js';
import { hookEnvironment } from '../hooks/hook_environment.js';
import { faultIn, type PodmanFault } from './podman_fault_rules.js';

export type PodmanAnswer =
  | { readonly ok: true; readonly output: string }
  | { readonly ok: false; readonly fault: PodmanFault };

export interface PodmanCall {
  readonly timeLimitMs?: number;
  /** All that it can read. */
  readonly input?: Uint8Array;
  /** Laid over its environment. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Some 40 ms on an idle machine; a starved disk takes seconds. What takes longer than this hangs. */
const TIME_LIMIT_MS = 30_000;
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

/** Podman, by its command: there is no service to be up, and what it does outlives whoever asked. */
export class Podman {
  readonly environment: NodeJS.ProcessEnv;
  readonly #closing: AbortSignal;

  /** @param closing Ends calls under way. */
  constructor(environment: NodeJS.ProcessEnv, closing: AbortSignal) {
    // No process of any session, though the daemon may have been started in one.
    this.environment = hookEnvironment(environment, {});
    this.#closing = closing;
  }

  /** Looked for each time: who installs it needs no restart. */
  isThere(): boolean {
    return findOnPath('podman', this.environment['PATH']) !== undefined;
  }

  /** Never rejects. */
  async run(args: readonly string[], call: PodmanCall = {}): Promise<PodmanAnswer> {
    const timeLimitMs = call.timeLimitMs ?? TIME_LIMIT_MS;
    const end = await runProgram({
      program: 'podman',
      args,
      environment: { ...this.environment, ...call.environment },
      input: call.input,
      timeLimitMs,
      maxOutputBytes: MAX_OUTPUT_BYTES,
      signal: this.#closing,
    });
    return end.kind === 'ended' && end.code === 0
      ? { ok: true, output: end.output }
      : { ok: false, fault: faultOf(`podman ${args[0]}`, end, timeLimitMs) };
  }
}

export const PODMAN_MISSING = 'podman was not found; install it, or mend PATH';

function faultOf(what: string, end: ProgramEnd, timeLimitMs: number): PodmanFault {
  switch (end.kind) {
    case 'ended':
      return faultIn(what, end.messages, end.code);
    case 'not-found':
      return { kind: 'missing', text: PODMAN_MISSING };
    case 'not-started':
      return { kind: 'other', text: `${what} could not be started: ${end.cause === '' ? 'unknown cause' : end.cause}` };
    case 'timeout': {
      const text = `${what} gave no answer within ${timeLimitMs / 1_000} s and was killed; try it by hand`;
      return { kind: 'timeout', text };
    }
    case 'aborted':
      return { kind: 'aborted', text: `${what} was killed because the daemon stops` };
  }
}
