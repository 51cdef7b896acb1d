import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Client, connect } from '@tenure/client';
import { removeFolder } from '../removed_folder.js';
import { type Ended, Running } from './running.js';
import { until } from './until.js';

const root = join(import.meta.dirname, '..', '..');
/** The bundles that users run; `npm test` builds them first. */
export const CLI = join(root, 'dist', 'tenure.cjs');
export const DAEMON = join(root, 'dist', 'tenured.cjs');
export const BUF = join(root, 'node_modules', '.bin', 'buf');

/** Marks every process of a world, so that none is left behind. */
const MARKER = 'TENURE_TEST_WORLD';
/** Of the environment of one process, in close order; a change of programs takes fewer. */
const MOST_LOOKS = 100;

export interface CommandOptions {
  /** Laid over the world's environment; undefined takes a variable out. */
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  readonly cwd?: string;
  readonly extraPipes?: number;
}

export interface WorldOptions {
  /** Text of the daemon's configuration. */
  readonly config?: string;
  /** Laid over the environment of all its processes. */
  readonly env?: NodeJS.ProcessEnv;
}

/** A state folder, an environment and processes of a test's own, all gone at its end. */
export class World {
  readonly folder: string;
  readonly stateDir: string;
  readonly socketPath: string;
  readonly env: NodeJS.ProcessEnv;
  readonly #clients: Client[] = [];

  constructor(context: TestContext, options: WorldOptions = {}) {
    // Short, for a socket's path has 107 bytes at most.
    this.folder = mkdtempSync(join(tmpdir(), 'tnr-'));
    context.after(() => this.#end());
    this.stateDir = join(this.folder, 'state');
    this.socketPath = join(this.stateDir, 'tenure.sock');
    const bin = join(this.folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'tenure'), `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(CLI)} "$@"\n`);
    chmodSync(join(bin, 'tenure'), 0o755);
    const configHome = join(this.folder, 'config');
    this.env = {
      PATH: `${bin}:${process.env['PATH']}`,
      LANG: 'C.UTF-8',
      TMPDIR: tmpdir(),
      XDG_CONFIG_HOME: configHome,
      TENURE_STATE_DIR: this.stateDir,
      [MARKER]: this.folder,
      ...options.env,
    };
    if (options.config !== undefined) this.configure(options.config);
  }

  /** Writes the configuration of daemons that start from now on. */
  configure(text: string): void {
    const folder = join(this.folder, 'config', 'tenure');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'config.yaml'), text);
  }

  start(command: string, args: readonly string[], options: CommandOptions = {}): Running {
    return new Running(command, args, {
      env: withoutUndefined({ ...this.env, ...options.env }),
      cwd: options.cwd ?? this.folder,
      input: options.input,
      extraPipes: options.extraPipes ?? 0,
    });
  }

  /** Starts the command line. */
  tenure(args: readonly string[], options?: CommandOptions): Running {
    return this.start(process.execPath, [CLI, ...args], options);
  }

  /** Runs the command line to its end, whatever its exit code. */
  async run(args: readonly string[], options?: CommandOptions): Promise<Ended> {
    return await this.tenure(args, options).ended;
  }

  /** Runs the command line with --json, demands exit code 0, and answers the document. */
  async json(args: readonly string[], options?: CommandOptions): Promise<unknown> {
    const ended = await this.run([...args, '--json'], options);
    if (ended.code !== 0) throw new Error(`tenure ${args.join(' ')} ended with ${ended.code}: ${ended.stderr}`);
    return JSON.parse(ended.stdout);
  }

  /** Starts a daemon and waits until it serves leases, or says why not. */
  async startDaemon(options: CommandOptions = {}): Promise<Running> {
    const env = { TENURE_READY_FD: '3', ...options.env };
    const daemon = this.start(process.execPath, [DAEMON], { ...options, env, extraPipes: 1 });
    const line = await until('the ready line of the daemon', () => {
      const [first, rest] = daemon.output(3).split('\n');
      if (rest !== undefined) return first;
      if (!daemon.isRunning) throw new Error(`the daemon ended without a word: ${daemon.output(2)}`);
      return undefined;
    });
    if (JSON.parse(line).ready !== true) throw new Error(`the daemon did not start: ${line}`);
    return daemon;
  }

  /** Connects this test's own process to the daemon. */
  async connect(): Promise<Client> {
    const client = await connect({ socketPath: this.socketPath, autostart: false });
    this.#clients.push(client);
    return client;
  }

  /** Writes an executable script and answers its path. */
  script(name: string, lines: readonly string[]): string {
    const path = join(this.folder, name);
    writeFileSync(path, ['#!/bin/sh', ...lines, ''].join('\n'));
    chmodSync(path, 0o755);
    return path;
  }

  /** The pid of the daemon that clients started on demand. */
  daemonPid(): number {
    return JSON.parse(readFileSync(join(this.stateDir, 'daemon.json'), 'utf8')).pid;
  }

  /** Processes of this world that still run, this test's own aside. */
  processes(): number[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => pid !== process.pid && isMarked(pid, this.folder));
  }

  async #end(): Promise<void> {
    // A client of a daemon that this test has killed can't say goodbye.
    await Promise.allSettled(this.#clients.map((client) => client.close()));
    await until('the end of all processes', () => {
      const left = this.processes();
      for (const pid of left) killIfThere(pid);
      return left.length === 0;
    });
    await removeFolder(this.folder);
  }
}

function isMarked(pid: number, folder: string): boolean {
  try {
    for (let look = 0; look < MOST_LOOKS; look += 1) {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
      if (environment !== '') return environment.split('\0').includes(`${MARKER}=${folder}`);
      // What has ended has no program either; what is on its way from one program to the next shows no environment.
      readlinkSync(`/proc/${pid}/exe`);
    }
  } catch {
    // Gone meanwhile, or another user's.
  }
  return false;
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function withoutUndefined(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
}
