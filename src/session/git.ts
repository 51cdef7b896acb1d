import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { errnoOf } from '../os/errno.js';
import { pipeFromChild } from '../os/pipe.js';
import { hookEnvironment } from './hook_command.js';

/** A checkout of a large repository takes minutes, with its hooks. */
const TIME_LIMIT_MS = 300_000;
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;
/** How long git's own end waits for output that a hook's children keep open. */
const GRACE_MS = 200;

export interface GitAnswer {
  /** Undefined: it was killed, or never began. */
  readonly code: number | undefined;
  readonly output: string;
  /** What it said on standard error, or what became of it; one line. */
  readonly fault: string;
}

/** Runs git in a directory, in a process group of its own. Never rejects. */
export function runGit(
  directory: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  timeLimitMs: number = TIME_LIMIT_MS,
): Promise<GitAnswer> {
  let child: ChildProcess;
  let output: Collected;
  let messages: Collected;
  try {
    ({ child, output, messages } = start(directory, args, environment));
  } catch (error) {
    return Promise.resolve(notStarted(error));
  }
  return new Promise((resolve) => {
    let late = false;
    const limit = setTimeout(() => {
      late = true;
      killGroup(child);
    }, timeLimitMs);
    const finish = (answer: GitAnswer): void => {
      clearTimeout(limit);
      output.stop();
      messages.stop();
      resolve(answer);
    };
    child.once('error', (error) => finish(notStarted(error)));
    child.once('exit', (code) => {
      clearTimeout(limit);
      // What stands in the pipes by now is read before; who keeps them open is not waited for.
      const grace = setTimeout(() => setImmediate(read), GRACE_MS);
      const read = (): void => {
        clearTimeout(grace);
        const took = `took longer than ${timeLimitMs / 1_000} s and was killed`;
        finish({
          code: late ? undefined : (code ?? undefined),
          output: output.text(),
          fault: late ? took : faultIn(messages.text(), code),
        });
      };
      Promise.all([output.ended, messages.ended]).then(read, read);
    });
  });
}

interface Collected {
  readonly theirs: number;
  readonly ended: Promise<void>;
  text(): string;
  stop(): void;
}

function start(
  directory: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): { child: ChildProcess; output: Collected; messages: Collected } {
  const opened: Collected[] = [];
  const collect = (): Collected => {
    const one = collected();
    opened.push(one);
    return one;
  };
  try {
    const output = collect();
    const messages = collect();
    const child = spawn('git', ['-C', directory, ...args], {
      stdio: ['ignore', output.theirs, messages.theirs],
      env: gitEnvironment(environment),
      cwd: '/',
      detached: true,
    });
    return { child, output, messages };
  } catch (error) {
    for (const one of opened) one.stop();
    throw error;
  } finally {
    for (const { theirs } of opened) closeSync(theirs);
  }
}

/** What a child writes, up to a limit; the rest is read and dropped. */
function collected(): Collected {
  const { theirs, ours } = pipeFromChild();
  const chunks: Buffer[] = [];
  let size = 0;
  ours.on('data', (chunk: Buffer) => {
    if (size < MAX_OUTPUT_BYTES) chunks.push(chunk);
    size += chunk.length;
  });
  // Output that can't be read any further has ended.
  ours.on('error', () => undefined);
  return {
    theirs,
    ended: new Promise((resolve) => {
      ours.once('close', () => resolve());
    }),
    text: () => Buffer.concat(chunks).toString('utf8'),
    stop: () => ours.destroy(),
  };
}

/** Variables of git's own would lead it to another repository, as where the daemon was started by a hook. */
function gitEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(hookEnvironment(environment, {})).filter(([name]) => !name.startsWith('GIT_'));
  return { ...Object.fromEntries(kept), LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0' };
}

function notStarted(error: unknown): GitAnswer {
  const code = errnoOf(error);
  return {
    code: undefined,
    output: '',
    fault: code === 'ENOENT' ? 'git was not found; install it' : `git could not be started: ${code ?? 'unknown cause'}`,
  };
}

/** The line that says what went wrong, among all that git and its hooks have said. */
function faultIn(messages: string, code: number | null): string {
  const lines = messages.split('\n').filter((line) => line.trim() !== '');
  const fatal = lines.findLast((line) => /^(fatal|error): /.test(line)) ?? lines.at(-1);
  return fatal?.replace(/^(fatal|error): /, '').replaceAll(/\p{Cc}/gu, ' ') ?? `ended with exit code ${code}`;
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It is gone: there is nobody left to end.
  }
}
