import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Client, connect, type DaemonCommand, type TenureError } from '@tenure/client';
import { commandTrace } from './command_tracing.js';
import { HINTS } from './hints.js';
import { warn } from './output.js';
import { warnOfSkew } from './version_skew.js';

/** The daemon's bundle beside the command line's in dist/; undefined when run from the sources. */
export function bundledDaemon(): string | undefined {
  const path = join(import.meta.dirname, 'tenured.cjs');
  return existsSync(path) ? path : undefined;
}

export function daemonSources(): string {
  return join(import.meta.dirname, '../daemon/main.ts');
}

/** What starts the daemon that belongs to this command line. */
export function daemonCommand(): DaemonCommand {
  const bundle = bundledDaemon();
  if (bundle !== undefined) return { command: process.execPath, args: [bundle] };
  const sources = daemonSources();
  // The daemon runs in `/`, from where a bare `tsx` is not found.
  const tsx = pathToFileURL(createRequire(sources).resolve('tsx')).href;
  return { command: process.execPath, args: ['--conditions=tenure-source', '--import', tsx, sources] };
}

export interface ConnectionOptions {
  /** False: a daemon that does not run is an error. */
  readonly start?: boolean;
  /** Starts even a daemon that is held back after crashes. */
  readonly startAnyway?: boolean;
  /** How long to wait for a daemon that is held back after crashes, as `--wait` says. Default: not at all. */
  readonly wait?: number | 'forever' | undefined;
  /** Says nothing of that wait: standard error has one document. */
  readonly json?: boolean | undefined;
}

/**
 * Runs a command against the daemon, which is started where none runs. The
 * connection is not closed: this process ends next, and a farewell would cost
 * every command some milliseconds.
 *
 * @param use hears, too, for how long the daemon was held back before.
 */
export async function withClient<T>(
  use: (client: Client, heldBackMs: number) => Promise<T>,
  options: ConnectionOptions = {},
): Promise<T> {
  const { start, startAnyway, wait = 0, json } = options;
  const autostart = start === false ? false : daemonCommand();
  let heldBackSince: number | undefined;
  const onHeldBack = (error: TenureError): void => {
    heldBackSince = performance.now();
    if (json !== true) warn(`tenure: ${error.message}; waiting`);
  };
  const client = await connect({
    autostart,
    startAnyway,
    heldBackWaitMs: wait === 'forever' ? Number.POSITIVE_INFINITY : wait,
    onHeldBack,
    tracing: commandTrace()?.tracing,
    onNotReady,
  });
  const heldBackMs = heldBackSince === undefined ? 0 : performance.now() - heldBackSince;
  warnOfSkew(client.socketPath);
  return await use(client, heldBackMs);
}

/** A wait of minutes without a word would look as if the command hung. */
function onNotReady(): void {
  warn(`tenure: the daemon still takes up the sessions of earlier runs, and this waits for it; ${HINTS.RECONCILING}`);
}
