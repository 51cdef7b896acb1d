import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, credentials } from '@grpc/grpc-js';
import { connect, type Client as TenureClient } from '@tenure/client';
import { LeaseServiceClient } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import { build } from 'esbuild';
import { Child } from './child.js';
import type { Figure } from './figure.js';

const root = join(import.meta.dirname, '..', '..');
/** What users run. */
export const CLI = join(root, 'dist', 'tenure.cjs');
export const DAEMON = join(root, 'dist', 'tenured.cjs');

export interface Daemon {
  readonly child: Child;
  readonly socketPath: string;
  readonly stateDir: string;
}

/** Options that the client library gives its channels, for the baselines too. */
export const CHANNEL_OPTIONS = {
  'grpc.default_authority': 'localhost',
  'grpc.use_local_subchannel_pool': 1,
  'grpc.enable_channelz': 0,
  'grpc.enable_retries': 0,
  'grpc.service_config_disable_resolution': 1,
};

/** A folder, processes and connections of one part of a run, all gone at its end. */
export class Workshop {
  readonly report: (figure: Figure) => void;
  readonly #folder: string;
  readonly #profileFolder: string | undefined;
  readonly #children = new Set<Child>();
  readonly #closers: (() => unknown)[] = [];
  readonly #programs = new Map<string, Promise<string>>();
  #folders = 0;

  /** With a folder for profiles, daemons write theirs into it. */
  constructor(report: (figure: Figure) => void, profileFolder: string | undefined) {
    this.report = report;
    this.#profileFolder = profileFolder;
    // Short, for a socket's path has 107 bytes at most.
    this.#folder = mkdtempSync(join(tmpdir(), 'tnb-'));
  }

  newFolder(): string {
    this.#folders += 1;
    return join(this.#folder, String(this.#folders));
  }

  start(command: string, args: readonly string[], options?: ConstructorParameters<typeof Child>[2]): Child {
    const child = new Child(command, args, { cwd: this.#folder, ...options });
    this.#children.add(child);
    void child.ended().then(() => this.#children.delete(child));
    return child;
  }

  /** Starts the daemon that users run, in a process and a state folder of its own; resolves once it serves. */
  async startDaemon(stateDir = this.newFolder(), more: NodeJS.ProcessEnv = {}, program = DAEMON): Promise<Daemon> {
    const env = { ...this.environment(stateDir), ...more, TENURE_READY_FD: '3' };
    const profile = this.#profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${this.#profileFolder}`];
    const child = this.start(process.execPath, [...profile, program], { env, readyFd: 3 });
    const line: unknown = JSON.parse(await child.ready());
    if (typeof line !== 'object' || line === null || !('socketPath' in line)) {
      throw new Error(`the daemon did not start: ${JSON.stringify(line)}`);
    }
    return { child, socketPath: String(line.socketPath), stateDir };
  }

  /** Only what commands and daemons need, so that no other daemon of this user is met. */
  environment(stateDir: string): NodeJS.ProcessEnv {
    return { PATH: process.env['PATH'], TENURE_STATE_DIR: stateDir, XDG_CONFIG_HOME: `${stateDir}.none` };
  }

  /** Starts a program of this folder in a process of its own and waits for its first line. */
  async startProgram(name: string, args: readonly string[]): Promise<Child> {
    const child = this.start(process.execPath, [await this.#bundle(name), ...args]);
    await child.ready();
    return child;
  }

  /** The client library, connected. */
  async connect(socketPath: string): Promise<TenureClient> {
    const client = await connect({ socketPath, autostart: false });
    this.#closers.push(() => client.close());
    return client;
  }

  /** The generated stub alone. */
  leaseStub(socketPath: string): LeaseServiceClient {
    return this.closing(new LeaseServiceClient(`unix:${socketPath}`, credentials.createInsecure(), CHANNEL_OPTIONS));
  }

  /** A grpc-js client without a service. */
  bareClient(socketPath: string): Client {
    return this.closing(new Client(`unix:${socketPath}`, credentials.createInsecure(), CHANNEL_OPTIONS));
  }

  closing<T extends { close(): unknown }>(closable: T): T {
    this.#closers.push(() => closable.close());
    return closable;
  }

  async end(): Promise<void> {
    for (const close of this.#closers.reverse()) await close();
    await Promise.all([...this.#children].map((child) => child.stop()));
    rmSync(this.#folder, { recursive: true });
  }

  /** Nothing of it may stay, whatever happens. */
  abandon(): void {
    for (const child of this.#children) child.kill('SIGKILL');
    // The killed may write until they are gone.
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }

  /** Compiled once: a program that is started 200 times must start quickly. */
  #bundle(name: string): Promise<string> {
    const known = this.#programs.get(name);
    if (known !== undefined) return known;
    const outfile = join(this.#folder, `${name}.cjs`);
    const bundled = build({
      absWorkingDir: root,
      entryPoints: [join(import.meta.dirname, `${name}.ts`)],
      outfile,
      bundle: true,
      platform: 'node',
      target: 'node20',
      conditions: ['tenure-source'],
      external: ['@grpc/proto-loader'],
      logLevel: 'warning',
    }).then(() => outfile);
    this.#programs.set(name, bundled);
    return bundled;
  }
}
