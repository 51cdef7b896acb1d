import { isatty } from 'node:tty';
import type { DaemonTelemetry } from '../opentelemetry/daemon_telemetry.js';
import { messageOf } from '../os/errno.js';
import { StoreError } from '../store/port.js';
import { type Arguments, readArguments, USAGE } from './arguments.js';
import { type RunningDaemon, startDaemon } from './composition.js';
import { examine } from './examination.js';
import { type Configuration, readConfiguration } from './foundation.js';
import { ReadyPipe } from './ready_pipe.js';
import { isActivated } from './socket_activation.js';
import { ExitCode, StartFailure } from './start_failure.js';
import { daemonVersion } from './version.js';

const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

function failureOf(error: unknown): StartFailure {
  if (error instanceof StartFailure) return error;
  if (error instanceof StoreError) return new StartFailure(ExitCode.STORE_FAILED, error.message, { cause: error });
  return new StartFailure(ExitCode.INTERNAL, `tenured failed: ${messageOf(error)}`, { cause: error });
}

/** The first signal ends the daemon in order, the next one at once. */
function obeySignals(started: Promise<RunningDaemon>, foreground: boolean): void {
  let asked = false;
  const end = (signal: keyof typeof SIGNAL_NUMBERS): void => {
    if (asked) process.exit(128 + SIGNAL_NUMBERS[signal]);
    asked = true;
    // A start that fails has its own end.
    started.then(({ shutdown }) => shutdown.begin({ kind: 'signal', signal })).catch(() => undefined);
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  // On a terminal it means that the terminal is gone.
  if (foreground && isatty(0)) process.on('SIGHUP', end);
  else {
    process.on('SIGHUP', () => {
      // reload() tells of its own faults.
      started.then((daemon) => daemon.reload()).catch(() => undefined);
    });
  }
}

/** What was there before the daemon itself. */
export interface EarlyStart {
  readonly configuration: Configuration | undefined;
  /** There where OpenTelemetry could see all that follows it. */
  readonly telemetry?: DaemonTelemetry | undefined;
}

async function run(given: Arguments, ready: ReadyPipe, early: EarlyStart): Promise<ExitCode> {
  if (!given.foreground) process.chdir('/');
  const activated = isActivated(process.env, process.pid);
  const starting = startDaemon({ environment: process.env, arguments: given, activated, ...early });
  obeySignals(starting, given.foreground);
  const daemon = await starting;
  process.prependListener('uncaughtException', (error) => {
    daemon.log.error({ err: error }, 'a fault of the daemon: it ends here');
  });
  const untold = ready.tell({ ready: true, pid: process.pid, socketPath: daemon.socketPath() });
  if (untold !== undefined) daemon.log.debug({ code: untold }, 'nobody waits for the start any more');
  return await daemon.shutdown.ended;
}

function aboutConfig(path: string | undefined): string {
  return path === undefined ? 'there is no configuration; all is default' : `the configuration ${path} is right`;
}

function fail(error: unknown, ready: ReadyPipe): never {
  const failure = failureOf(error);
  process.stderr.write(`${failure.message}\n`);
  ready.tell({ ready: false, message: failure.message, exitCode: failure.exitCode });
  process.exit(failure.exitCode);
}

/** Runs the daemon of this process to its end. */
export async function runDaemon(early: EarlyStart): Promise<void> {
  process.umask(0o077);
  // Node's own answer is a debugger on a port of the machine, where any user could read the values of secrets.
  process.on('SIGUSR1', () => undefined);
  const ready = new ReadyPipe(process.env);
  process.on('uncaughtException', (error) => fail(error, ready));
  try {
    const given = readArguments(process.argv.slice(2), process.cwd());
    if (given.show !== undefined) {
      process.stdout.write(given.show === 'usage' ? USAGE : `${daemonVersion()}\n`);
      return;
    }
    if (given.check) {
      process.chdir('/');
      const { loaded } = await readConfiguration({ environment: process.env, arguments: given });
      process.stdout.write(`${aboutConfig(loaded.path)}\n`);
      return;
    }
    if (given.examine) {
      process.chdir('/');
      process.stdout.write(`${JSON.stringify(await examine(process.env, given, process.getuid?.() ?? -1))}\n`);
      return;
    }
    process.exit(await run(given, ready, early));
  } catch (error) {
    fail(error, ready);
  }
}
