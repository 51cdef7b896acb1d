import { randomInt } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { isRunning } from '../../../src/os/process_facts.js';
import type { ProcessIdentity } from '../../../src/os/process_identity.js';
import { OutputLog } from '../../../src/session/output/output_log.js';
import { type ShimOrder, type StartedShim, startShim } from '../../../src/session/shim/shim.js';
import { readExit, type ShimExit } from '../../../src/session/shim/shim_exit.js';
import { processesOf, SESSION_VARIABLE } from '../../../src/session/stopping/marked_processes.js';
import { temporaryFolder } from '../../os/child_process.js';

/** How long a test waits for what must come; a starved machine takes its time. */
const PATIENCE_MS = 120_000;

export interface Wish extends Partial<Omit<ShimOrder, 'folder'>> {
  /** For /bin/sh. */
  readonly command?: string;
  readonly shell?: string | undefined;
  readonly folder?: string;
}

/** A session with its shim, in folders of its own; whatever is left of it ends with the test. */
export interface RunningShim extends StartedShim {
  readonly sessionId: string;
  readonly folder: string;
  readonly directory: string;
  readonly log: OutputLog;
  /** How it ended, once it is written down. */
  exit(): Promise<ShimExit>;
  /** All that it has printed so far. */
  printed(): Promise<string>;
}

export async function startSession(t: TestContext, wish: Wish = {}): Promise<RunningShim> {
  const sessionId = newSessionId();
  const root = temporaryFolder(t);
  const folder = wish.folder ?? join(root, 'session');
  const directory = wish.directory ?? join(root, 'work');
  mkdirSync(folder, { mode: 0o700, recursive: true });
  if (wish.directory === undefined) mkdirSync(directory);
  const order: ShimOrder = {
    folder,
    directory,
    argv: wish.argv ?? ['/bin/sh', '-c', wish.command ?? ':'],
    environment: { PATH: process.env['PATH'], ...wish.environment, [SESSION_VARIABLE]: sessionId },
    input: wish.input,
    keepStdin: wish.keepStdin ?? false,
    outputBytes: wish.outputBytes ?? 1024 * 1024,
  };
  const started = await startShim(order, wish.shell);
  t.after(() => endAll(sessionId, started));
  const log = new OutputLog(folder);
  return {
    ...started,
    sessionId,
    folder,
    directory,
    log,
    exit: () => eventually(() => readExit(folder), 'the exit is written down'),
    printed: async () => String(await log.tail('stdout', 1e9)),
  };
}

/** Starts it and lets it run. */
export async function runSession(t: TestContext, wish: Wish = {}, leases = ''): Promise<RunningShim> {
  const session = await startSession(t, wish);
  session.open(leases);
  return session;
}

export function isGone({ pid, startTicks }: ProcessIdentity): boolean {
  return !isRunning(pid, startTicks);
}

/** All living processes of a process group; those that wait for their parent to look are gone. */
export function groupOf(group: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
        const [state, , itsGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return Number(itsGroup) === group && state !== 'Z';
      } catch {
        return false;
      }
    });
}

/** Waits for something, looking every few milliseconds. */
export async function eventually<T>(look: () => Promise<T | undefined> | T | undefined, what: string): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`still not so after ${PATIENCE_MS / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export function newSessionId(): string {
  const letters = 'abcdefghijklmnopqrstuvwxyz234567';
  return `s${Array.from({ length: 12 }, () => letters[randomInt(letters.length)]).join('')}`;
}

async function endAll(sessionId: string, { shim, main }: StartedShim): Promise<void> {
  const left = await processesOf(sessionId, isGone(main) ? undefined : main);
  for (const pid of [-shim.pid, ...left.map((one) => one.pid)]) killIfThere(pid);
}

/** A process may have ended since it was listed. */
export function killIfThere(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone by itself.
  }
}
