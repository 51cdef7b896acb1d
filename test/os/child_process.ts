import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { readProcessFacts, readStartTicks } from '../../src/os/process_facts.js';
import type { ProcessIdentity } from '../../src/os/process_identity.js';
import { removeFolder } from '../removed_folder.js';

/** A folder that is gone after the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tenure-test-'));
  t.after(() => removeFolder(folder));
  return folder;
}

/** A process of the test's own, killed after it. */
export function start(
  t: TestContext,
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): ChildProcess {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], ...options });
  t.after(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  return child;
}

export function identityOf(pid: number | undefined): ProcessIdentity {
  if (pid === undefined) throw new Error('the process did not start');
  const startTicks = readStartTicks(pid);
  if (startTicks === undefined) throw new Error(`process ${pid} is gone`);
  return { pid, startTicks };
}

/** The first line that a process prints. */
export async function firstLine(child: ChildProcess): Promise<string> {
  let text = '';
  if (child.stdout === null) throw new Error('the process has no output');
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    text += String(chunk);
    if (text.includes('\n')) return text.slice(0, text.indexOf('\n'));
  }
  throw new Error(`the process ended after printing "${text}"`);
}

/** The pid of a process whose parent never waits for it: once killed, it stays a zombie. */
export async function unreapedChild(t: TestContext): Promise<number> {
  const parent = start(t, 'sh', ['-c', 'sleep 60 & echo $!; exec sleep 60']);
  const { pid } = identityOf(parent.pid);
  const child = Number(await firstLine(parent));
  // Until it has become a sleep itself, the shell would look after its child.
  await until(() => readProcessFacts(pid)?.command === 'sleep', 'the shell has become a sleep');
  return child;
}

/** A starved machine takes its time. */
const PATIENCE_MS = 60_000;

/** Waits until something holds, looking every few milliseconds. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`still not so after ${PATIENCE_MS / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
