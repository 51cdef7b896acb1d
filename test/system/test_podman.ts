import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../e2e/until.js';

/** For machines on which limits and networks are not a user's to set; it changes nothing that is tested. */
const CONTAINERS_CONF = `
[containers]
default_ulimits = ["nofile=16384:16384", "nproc=32768:32768"]
netns = "none"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
`;

export const IMAGE = 'localhost/tenure-test:1';

/** Podman with a storage of a test's own, and one image in it: busybox and links to it, from no registry. */
export class TestPodman {
  readonly env: NodeJS.ProcessEnv;
  /** Where it keeps all that it has. */
  readonly storage: string;
  readonly #wrapper: string;

  /**
   * @param folder Of its own; whoever made it removes it, after `remove`.
   * @param storage Where podman keeps what it has; below the folder where none is given.
   */
  constructor(folder: string, storage?: string) {
    const root = storage ?? join(folder, 'storage');
    this.storage = root;
    writeFileSync(join(folder, 'containers.conf'), CONTAINERS_CONF);
    const places = `driver = "overlay"\ngraphroot = "${root}/graph"\nrunroot = "${root}/run"\nrootless_storage_path = "${root}/graph"\n`;
    writeFileSync(join(folder, 'storage.conf'), `[storage]\n${places}`);
    this.#wrapper = join(folder, 'bin');
    this.env = {
      CONTAINERS_CONF: join(folder, 'containers.conf'),
      CONTAINERS_STORAGE_CONF: join(folder, 'storage.conf'),
      PATH: `${this.#wrapper}:${process.env['PATH']}`,
    };
    mkdirSync(this.#wrapper);
    this.#importImage(join(folder, 'image'));
  }

  /** Ends and removes all that it has. */
  async remove(): Promise<void> {
    const removals = [
      ['rm', '--all', '--force', '--time', '0'],
      ['rmi', '--all', '--force'],
    ];
    // Refused for one that is just ending: conmon's own podman has it in hand.
    const removed = (): boolean => removals.every((args) => this.#tried(args).status === 0);
    await until('podman to remove its containers and images', removed, 30_000);
  }

  /** Runs podman itself; answers what it prints. */
  run(args: readonly string[]): string {
    const { status, stdout, stderr } = this.#tried(args);
    if (status !== 0) throw new Error(`podman ${args.join(' ')} ended with ${status}: ${stderr}`);
    return stdout;
  }

  /** Names of all containers. */
  containers(): string[] {
    return lines(this.run(['ps', '--all', '--format', '{{.Names}}']));
  }

  secrets(): string[] {
    return lines(this.run(['secret', 'ls', '--format', '{{.Name}}']));
  }

  /** What tests plant in front of the daemon; podman's own path stands in $REAL. */
  wrap(script: readonly string[]): void {
    const real = spawnSync('sh', ['-c', 'command -v podman'], { encoding: 'utf8' }).stdout.trim();
    // Whole from the first moment on: a daemon may start it right now.
    const fresh = join(this.#wrapper, 'podman.new');
    writeFileSync(fresh, ['#!/bin/sh', `REAL=${real}`, ...script, 'exec "$REAL" "$@"', ''].join('\n'));
    chmodSync(fresh, 0o755);
    renameSync(fresh, join(this.#wrapper, 'podman'));
  }

  async untilEmpty(): Promise<void> {
    await until('podman to have nothing left', () => this.containers().length + this.secrets().length === 0, 60_000);
  }

  #tried(args: readonly string[]): SpawnSyncReturns<string> {
    const env = { ...this.env, PATH: process.env['PATH'] };
    return spawnSync('podman', args, { encoding: 'utf8', env, timeout: 60_000 });
  }

  #importImage(folder: string): void {
    const bin = join(folder, 'bin');
    for (const name of ['bin', 'etc', 'tmp', 'root']) mkdirSync(join(folder, name), { recursive: true });
    copyFileSync('/bin/busybox', join(bin, 'busybox'));
    chmodSync(join(bin, 'busybox'), 0o755);
    for (const name of lines(spawnSync('/bin/busybox', ['--list'], { encoding: 'utf8' }).stdout)) {
      if (name !== 'busybox') symlinkSync('busybox', join(bin, name));
    }
    writeFileSync(join(folder, 'etc', 'passwd'), 'root:x:0:0:root:/root:/bin/sh\nagent:x:1000:1000::/tmp:/bin/sh\n');
    writeFileSync(join(bin, 'no-program'), 'text', { mode: 0o644 });
    const archive = `${folder}.tar`;
    spawnSync('tar', ['-C', folder, '-cf', archive, ...readdirSync(folder)]);
    this.run(['import', '--quiet', archive, IMAGE]);
  }
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
