import type { ChildProcess } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { systemClock } from '../../../src/os/clock.js';
import type { AgentProgram, FoundSession, Surroundings } from '../../../src/session/agents/agent_program.js';
import { systemSurroundings } from '../../../src/session/surroundings.js';
import { firstLine, start, temporaryFolder } from '../../os/child_process.js';

/** A file of `samples/`. */
export function sample(name: string): string {
  return readFileSync(join(import.meta.dirname, 'samples', name), 'utf8');
}

/** A home folder of the test's own, and the machine's real processes. */
export class AgentHome {
  readonly folder: string;
  readonly #t: TestContext;

  constructor(t: TestContext) {
    this.#t = t;
    this.folder = temporaryFolder(t);
  }

  /** Anew each time: what one has read of the processes is shared for a moment. */
  surroundings(environment: NodeJS.ProcessEnv = {}): Surroundings {
    const at = (): Surroundings => systemSurroundings(this.folder, environment, systemClock);
    const { startTicksOf, wallMs } = at();
    return { home: this.folder, environment, processes: () => at().processes(), startTicksOf, wallMs };
  }

  path(...names: readonly string[]): string {
    return join(this.folder, ...names);
  }

  /** Writes a file of the home; `ageMs` ago it was last written to. */
  write(name: string, text: string, ageMs = 0): string {
    const path = this.path(name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    const time = (Date.now() - ageMs) / 1000;
    utimesSync(path, time, time);
    return path;
  }

  /** A folder, made. */
  directory(name: string): string {
    const path = this.path(name);
    mkdirSync(path, { recursive: true });
    return path;
  }

  /** A process of this name in this directory, that waits until it is killed. The kernel names a script after its file. */
  async runs(name: string, directory: string): Promise<ChildProcess> {
    const script = this.write(`bin/${name}`, '#!/bin/sh\necho runs\nread line\n');
    chmodSync(script, 0o755);
    const child = start(this.#t, script, [], { cwd: directory });
    await firstLine(child);
    return child;
  }
}

export function discover(program: AgentProgram, sinceWallMs = 0): Promise<readonly FoundSession[]> {
  return program.discover(sinceWallMs, AbortSignal.timeout(60_000));
}

/** The one that it finds. */
export async function discoverOne(program: AgentProgram, sinceWallMs = 0): Promise<FoundSession> {
  const found = await discover(program, sinceWallMs);
  const [one] = found;
  if (one === undefined || found.length > 1) throw new Error(`it found ${found.length} sessions, not one`);
  return one;
}

/** Ends a process, and waits until the kernel has no more of it. */
export async function kill(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}
