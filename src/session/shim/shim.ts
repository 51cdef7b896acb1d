import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, closeSync, constants, openSync, statSync, unlinkSync, writeFileSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { descendantsOf } from '../../os/descendants.js';
import { messageOf } from '../../os/errno.js';
import { closeFd, openPidfd, sendSignal } from '../../os/pidfd.js';
import { openPipe } from '../../os/pipe.js';
import { readStartTicks } from '../../os/process_facts.js';
import type { ProcessIdentity } from '../../os/process_identity.js';
import { invalid } from '../../rpc/request_checks.js';
import { SESSION_VARIABLE } from '../stopping/marked_processes.js';
import type { ShimPids } from './shim_pids.js';
import { GATE_SCRIPT, SHIM_SCRIPT } from './shim_script.js';
import { ownSession } from './shim_tools.js';

/** What a shim is to run, and where. */
export interface ShimOrder {
  /** The session's own folder, absolute: what the shim keeps goes there. */
  readonly folder: string;
  readonly argv: readonly [string, ...string[]];
  /** All of the command's variables; the session's marker among them. */
  readonly environment: NodeJS.ProcessEnv;
  /** The command's working directory, absolute. */
  readonly directory: string;
  /** What it reads on standard input; undefined: nothing. */
  readonly input: string | undefined;
  /** What it reads instead, where that must never stand in a file; a pipe holds 4 KiB without a reader. */
  readonly secretInput?: string | undefined;
  /** Standard input stays open, for `writeInput`. */
  readonly keepStdin: boolean;
  /** So many of the newest bytes of each of stdout and stderr are kept. */
  readonly outputBytes: number;
}

/** A shim whose command waits at the gate. */
export interface StartedShim extends ShimPids {
  /** Lets the command run, with these inherit tokens as its TENURE_LEASES; none: without that variable. */
  open(leases: string): void;
  /** Ends all of it before the command runs. */
  abandon(): void;
}

const SEGMENT_BYTES = 1024 * 1024;
/** The daemon's own is tighter; a command makes files as it would in a terminal. */
const COMMAND_UMASK = '022';
/** The machine may be starved; a directory on a dead server never answers. */
const START_LIMIT_MS = 10_000;

/** The shim and our end of its gate. */
interface Spawned {
  readonly child: ChildProcess;
  readonly gate: Socket;
}

/**
 * Starts a shim, which lives on without this process, and answers once its
 * command waits at the gate. Rejects with a Refusal where the directory can't
 * be used, else with an error that says what is wrong; nothing is left then.
 * The shell can be any POSIX one.
 */
export async function startShim(order: ShimOrder, shell = '/bin/sh'): Promise<StartedShim> {
  checkDirectory(order.directory);
  const { child, gate } = spawnShim(order, shell);
  let pids: ShimPids;
  try {
    pids = await atGate(child, gate);
  } catch (error) {
    gate.destroy();
    await endUnready(child);
    throw error;
  }
  // It is to outlive this process, not to hold it.
  child.unref();
  gate.unref();
  return {
    ...pids,
    open: (leases) => {
      gate.end(`go ${leases}\n`, () => gate.destroy());
    },
    abandon: () => {
      // First, or the shim could still see the end of the command's process, which ends by itself without its line.
      killGroup(child);
      gate.destroy();
    },
  };
}

function checkDirectory(directory: string): void {
  let isDirectory: boolean;
  try {
    isDirectory = statSync(directory).isDirectory();
    accessSync(directory, constants.X_OK);
  } catch (error) {
    throw invalid('directory', `${directory} cannot be used: ${messageOf(error)}`);
  }
  if (!isDirectory) throw invalid('directory', `${directory} is no directory`);
}

function spawnShim(order: ShimOrder, shell: string): Spawned {
  const { folder, argv, environment, directory, input, secretInput, keepStdin, outputBytes } = order;
  // By either of them the shim would count as the command's.
  const { [SESSION_VARIABLE]: sessionId = '', TENURE_LEASES: _leases, ...unmarked } = environment;
  const gateWords = [shell, '-c', GATE_SCRIPT, 'tenure-gate', sessionId, directory, COMMAND_UMASK];
  const segments = Math.ceil(outputBytes / SEGMENT_BYTES) + 1;
  const stdin = keepStdin ? (input === undefined ? 'keep' : 'first') : '';
  const words = [sessionId, String(segments), stdin, ...ownSession(environment), ...gateWords, ...argv];
  const opened: number[] = [];
  try {
    if (secretInput !== undefined) opened.push(openSecretInput(secretInput));
    else if (input !== undefined) opened.push(openInput(folder, input));
    const stdio: ('ignore' | 'pipe' | number)[] = [opened[0] ?? 'ignore', 'ignore', 'ignore', 'pipe'];
    for (let pipes = 0; pipes < 3; pipes += 1) {
      const ends = openPipe();
      opened.push(...ends);
      stdio.push(...ends);
    }
    const child = spawn(shell, ['-c', SHIM_SCRIPT, 'tenure-shim', ...words], {
      argv0: 'sh',
      cwd: folder,
      env: unmarked,
      stdio,
      detached: true,
    });
    const gate = child.stdio[3];
    if (!(gate instanceof Socket)) throw new Error('the shell has no gate');
    return { child, gate };
  } finally {
    for (const fd of opened) closeSync(fd);
  }
}

/** A file that has no name any more by the time that the command reads it. */
function openInput(folder: string, input: string): number {
  const path = join(folder, 'input.given');
  try {
    writeFileSync(path, input, { mode: 0o600, flag: 'wx' });
    return openSync(path, 'r');
  } finally {
    unlinkSync(path);
  }
}

/** The end of a pipe that has it all already. */
function openSecretInput(input: string): number {
  const [theirs, ours] = openPipe();
  try {
    writeSync(ours, input);
    return theirs;
  } finally {
    closeSync(ours);
  }
}

/** Resolves once the shim has told who it is and the command's process has told that it waits. */
function atGate(child: ChildProcess, gate: Socket): Promise<ShimPids> {
  return new Promise((resolve, reject) => {
    let told = '';
    let error: Error | undefined;
    const fail = (fault: string): void => finish(() => reject(new Error(fault)));
    const finish = (settle: () => void): void => {
      clearTimeout(limit);
      gate.off('data', onData);
      settle();
    };
    const limit = setTimeout(() => fail(`its shell was not ready within ${START_LIMIT_MS / 1000} s`), START_LIMIT_MS);
    const onData = (chunk: Buffer): void => {
      told += chunk.toString('latin1');
      const fault = /^fault (.*)$/m.exec(told)?.[1];
      const pids = /^pids (\d+) (\d+) (\d+) (\d+)$/m.exec(told);
      if (fault !== undefined) fail(fault);
      else if (pids !== null && /^ready$/m.test(told)) finish(() => resolve(readPids(pids.slice(1).map(Number))));
    };
    gate.on('data', onData);
    // A command that is gone does not need the line.
    gate.on('error', () => gate.destroy());
    gate.once('close', () => fail(error === undefined ? 'its shell ended before it was ready' : messageOf(error)));
    child.once('error', (fault) => {
      error = fault;
      fail(messageOf(fault));
    });
  });
}

function readPids([shim = 0, shimTicks = 0, main = 0, mainTicks = 0]: readonly number[]): ShimPids {
  return { shim: { pid: shim, startTicks: shimTicks }, main: { pid: main, startTicks: mainTicks } };
}

/** The shim, and what keeps the output. Nothing is written to the folder after it. */
function killGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}

/** Also what is not at its gate yet, and may not see that nobody is there any more. */
async function endUnready(child: ChildProcess): Promise<void> {
  const started = child.pid === undefined ? [] : await descendantsOf(child.pid);
  killGroup(child);
  for (const one of started) kill(one);
}

function kill({ pid, startTicks }: ProcessIdentity): void {
  const pidfd = openPidfd(pid);
  if (pidfd === undefined) return;
  try {
    if (readStartTicks(pid) === startTicks) sendSignal(pidfd, 'SIGKILL');
  } finally {
    closeFd(pidfd);
  }
}
