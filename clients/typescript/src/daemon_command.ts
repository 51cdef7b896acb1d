import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { DaemonCommand } from './connect_options.js';

const ARGUMENTS = ['daemon', 'run'];

/** Variables that the daemon gets from whoever starts it; all others, secrets among them, stay out. */
const PASSED_NAMES = new Set([
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'TZ',
  'TMPDIR',
  'GIT_SSL_CAINFO',
  'GIT_SSL_CAPATH',
]);
const PASSED_PREFIXES = ['LC_', 'XDG_', 'TENURE_', 'OTEL_', 'CONTAINERS_'];
/** The first would make the daemon an heir of its first client's leases; the others say who that client is, and in what run. */
const HELD_BACK = new Set([
  'TENURE_LEASES',
  'TENURE_TASK',
  'TENURE_TASK_RUN_ID',
  'OTEL_SERVICE_NAME',
  'OTEL_RESOURCE_ATTRIBUTES',
]);

/** The `tenure` that is installed for the working directory, else the one on PATH. */
export function defaultDaemonCommand(workingDirectory: string = process.cwd()): DaemonCommand {
  const script = installedTenure(workingDirectory);
  return script === undefined
    ? { command: 'tenure', args: ARGUMENTS }
    : { command: process.execPath, args: [script, ...ARGUMENTS] };
}

/** What of an environment the daemon gets. */
export function daemonEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const passed = Object.entries(environment).filter(
    ([name]) =>
      !HELD_BACK.has(name) && (PASSED_NAMES.has(name) || PASSED_PREFIXES.some((prefix) => name.startsWith(prefix))),
  );
  return Object.fromEntries(passed);
}

function installedTenure(workingDirectory: string): string | undefined {
  try {
    const manifestPath = createRequire(join(workingDirectory, 'package.json')).resolve('tenure/package.json');
    const script = scriptOf(JSON.parse(readFileSync(manifestPath, 'utf8')));
    return script === undefined ? undefined : join(dirname(manifestPath), script);
  } catch {
    // Not installed here, or not whole: PATH is asked.
    return undefined;
  }
}

function scriptOf(manifest: unknown): string | undefined {
  if (typeof manifest !== 'object' || manifest === null || !('bin' in manifest)) {
    return undefined;
  }
  const { bin } = manifest;
  const script = typeof bin === 'object' && bin !== null && 'tenure' in bin ? bin.tenure : bin;
  return typeof script === 'string' ? script : undefined;
}
