import { execFile } from 'node:child_process';
import { ExitCode } from '../exit_codes.js';
import { Failure } from '../failure.js';

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

export interface GitAnswer {
  readonly ok: boolean;
  /** Without its last line end. */
  readonly output: string;
  /** What git said was wrong; empty where nothing was. */
  readonly fault: string;
}

/** Runs git in a directory. Rejects where there is no git. */
export function git(directory: string, ...args: string[]): Promise<GitAnswer> {
  return new Promise((resolve, reject) => {
    const options = { env: environment(), maxBuffer: MAX_OUTPUT_BYTES, cwd: '/' };
    execFile('git', ['-C', directory, ...args], options, (error, stdout, stderr) => {
      if (error !== null && error.code === 'ENOENT') {
        reject(new Failure('GIT_NOT_FOUND', ExitCode.UNREACHABLE, 'git was not found; install it'));
        return;
      }
      const fault = error === null ? '' : faultIn(stderr, error.message);
      resolve({ ok: error === null, output: stdout.replace(/\n$/, ''), fault });
    });
  });
}

/** Variables of git's own, as in its hooks, would lead to another repository. */
function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  // Without optional locks nobody's own git is held up.
  return { ...Object.fromEntries(kept), LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0' };
}

function faultIn(messages: string, otherwise: string): string {
  const lines = messages.split('\n').filter((line) => line.trim() !== '');
  const fatal = lines.findLast((line) => /^(fatal|error): /.test(line)) ?? lines.at(-1) ?? otherwise;
  return fatal.replace(/^(fatal|error): /, '');
}
