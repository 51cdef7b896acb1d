import { spawn } from 'node:child_process';
import { Readable } from 'node:stream';
import { status } from '@grpc/grpc-js';
import type { DaemonCommand } from './connect_options.js';
import { daemonEnvironment } from './daemon_command.js';
import { deferred } from './deferred.js';
import { cancelled, TenureError, unreachable } from './errors.js';
import { onAbort } from './on_abort.js';

/** The descriptor on which the daemon says that it is ready; named to it by TENURE_READY_FD. */
const READY_FD = 3;
/** Exit codes of the daemon that mean something to whoever started it. */
const ALREADY_RUNNING = 75;
const BAD_CONFIGURATION = 78;
/** More than any message; a program that is no daemon may write without end. */
const LONGEST_REPORT = 64 * 1024;

/** How to start the daemon. */
export interface StartOptions {
  readonly command: DaemonCommand;
  readonly environment: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** `running`: another one was faster, or is about to be ready. */
export type StartOutcome = 'started' | 'running';

/**
 * Starts the daemon in a session of its own and waits until it serves leases.
 *
 * @throws TenureError with the daemon's own words where it refuses to start:
 *   CONFIG_INVALID or UNREACHABLE.
 */
export async function startDaemon(options: StartOptions): Promise<StartOutcome> {
  const { command, args } = options.command;
  const child = spawn(command, [...args], {
    cwd: '/',
    detached: true,
    env: { ...daemonEnvironment(options.environment), TENURE_READY_FD: String(READY_FD) },
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const pipe = child.stdio[READY_FD];
  if (!(pipe instanceof Readable)) {
    throw unreachable('cannot make a pipe to the daemon');
  }
  const report = readReport(pipe);
  const ended = new Promise<{ code: number | null; error?: Error }>((resolve) => {
    child.once('error', (error) => resolve({ code: null, error }));
    child.once('exit', (code) => resolve({ code }));
  });
  const limit = timeLimit(options);
  try {
    const line = await Promise.race([report, limit.passed]);
    if (line === undefined) {
      // The pipe's end without a word: its exit code is all there is.
      return outcomeOfExit(await Promise.race([ended, limit.passed]), command);
    }
    return outcomeOfReport(line);
  } finally {
    limit.clear();
    pipe.destroy();
    child.unref();
  }
}

/** The line that the daemon writes; undefined where the pipe ends without one. */
async function readReport(pipe: Readable): Promise<string | undefined> {
  let text = '';
  try {
    for await (const chunk of pipe) {
      text += String(chunk);
      const end = text.indexOf('\n');
      if (end >= 0) {
        return text.slice(0, end);
      }
      if (text.length > LONGEST_REPORT) {
        return undefined;
      }
    }
  } catch {
    // Destroyed after the time limit, or broken with the process: its exit tells.
  }
  return undefined;
}

function outcomeOfReport(line: string): StartOutcome {
  let fields: Map<string, unknown>;
  try {
    const parsed: unknown = JSON.parse(line);
    fields = new Map(Object.entries(typeof parsed === 'object' && parsed !== null ? parsed : {}));
  } catch (error) {
    throw unreachable('what was started as the daemon does not speak like one; check the autostart command', {
      cause: error,
    });
  }
  if (fields.get('ready') === true) {
    return 'started';
  }
  const message = fields.get('message');
  const exitCode = fields.get('exitCode');
  return outcomeOfRefusal(
    typeof exitCode === 'number' ? exitCode : null,
    typeof message === 'string' ? message : 'the daemon refused to start without saying why; see its log',
  );
}

function outcomeOfExit(end: { code: number | null; error?: Error }, command: string): StartOutcome {
  if (end.error !== undefined) {
    throw unreachable(
      `cannot start the daemon with \`${command}\`: ${end.error.message}; install tenure, or start its daemon yourself`,
      { cause: end.error },
    );
  }
  const how = end.code === null ? 'was killed' : `ended with exit code ${end.code}`;
  return outcomeOfRefusal(end.code, `the daemon ${how} before it was ready; see its log`);
}

function outcomeOfRefusal(exitCode: number | null, message: string): StartOutcome {
  const metadata = exitCode === null ? {} : { exit_code: String(exitCode) };
  switch (exitCode) {
    case ALREADY_RUNNING:
      return 'running';
    case BAD_CONFIGURATION:
      throw new TenureError('CONFIG_INVALID', message, { code: status.INVALID_ARGUMENT, metadata });
    default:
      throw unreachable(message, { metadata });
  }
}

function timeLimit({ timeoutMs, signal }: StartOptions): { passed: Promise<never>; clear: () => void } {
  const { promise, reject } = deferred();
  const timer = setTimeout(() => {
    reject(unreachable(`the daemon was started, but was not ready within ${Math.round(timeoutMs)} ms; see its log`));
  }, timeoutMs);
  const abort = () => reject(cancelled('given up while the daemon started', signal?.reason));
  const stopListening = onAbort(signal, abort);
  const clear = () => {
    clearTimeout(timer);
    stopListening();
  };
  return { passed: promise, clear };
}
