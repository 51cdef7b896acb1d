import { type ProgramEnd, runProgram } from '../../os/program.js';
import { hookEnvironment } from '../hooks/hook_environment.js';

/** A checkout of a large repository takes minutes, with its hooks. */
const TIME_LIMIT_MS = 300_000;
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;

export interface GitAnswer {
  /** Undefined: it was killed, or never began. */
  readonly code: number | undefined;
  readonly output: string;
  /** What it said on standard error, or what became of it; one line. */
  readonly fault: string;
}

/** Runs git in a directory, in a process group of its own. Never rejects. */
export async function runGit(
  directory: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  timeLimitMs: number = TIME_LIMIT_MS,
): Promise<GitAnswer> {
  const end = await runProgram({
    program: 'git',
    args: ['-C', directory, ...args],
    environment: gitEnvironment(environment),
    timeLimitMs,
    maxOutputBytes: MAX_OUTPUT_BYTES,
  });
  if (end.kind !== 'ended') return { code: undefined, output: '', fault: faultOf(end, timeLimitMs) };
  return { code: end.code, output: end.output, fault: faultIn(end.messages, end.code) };
}

/** Whom it trusts over TLS: a host's own authority is nothing that a repository leads to. */
const TRUST = new Set(['GIT_SSL_CAINFO', 'GIT_SSL_CAPATH']);

/** Variables of git's own would lead it to another repository, as where the daemon was started by a hook. */
export function gitEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const isKept = (name: string): boolean => !name.startsWith('GIT_') || TRUST.has(name);
  const kept = Object.entries(hookEnvironment(environment, {})).filter(([name]) => isKept(name));
  return { ...Object.fromEntries(kept), LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0' };
}

function faultOf(end: Exclude<ProgramEnd, { kind: 'ended' }>, timeLimitMs: number): string {
  switch (end.kind) {
    case 'not-found':
      return 'git was not found; install it';
    case 'not-started':
      return `git could not be started: ${end.cause === '' ? 'unknown cause' : end.cause}`;
    case 'timeout':
      return `took longer than ${timeLimitMs / 1_000} s and was killed`;
    case 'aborted':
      return 'was killed because the daemon stops';
  }
}

/** The line that says what went wrong, among all that git and its hooks have said. */
function faultIn(messages: string, code: number | undefined): string {
  const lines = messages.split('\n').filter((line) => line.trim() !== '');
  const fatal = lines.findLast((line) => /^(fatal|error): /.test(line)) ?? lines.at(-1);
  return fatal?.replace(/^(fatal|error): /, '').replaceAll(/\p{Cc}/gu, ' ') ?? `ended with exit code ${code}`;
}
