import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { build } from 'esbuild';
import { removeFolder } from '../removed_folder.js';

const root = join(import.meta.dirname, '../..');

/** Stands where the command line's bundle does, and says what it sees. */
const BUNDLE = `"use strict";
function seen() { return [process.argv.slice(2).join(' '), __filename.endsWith('/cli.cjs'), typeof require('fs').statSync]; }
process.stdout.write(seen().join(','));
`;
const SEEN = 'run x,true,function';

class Installation {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    for (const name of ['cli.cjs', 'cli-traced.cjs']) writeFileSync(join(folder, name), BUNDLE);
  }

  run(env: NodeJS.ProcessEnv = {}, command = 'run'): string {
    return execFileSync(process.execPath, [join(this.#folder, 'tenure.cjs'), command, 'x'], {
      encoding: 'utf8',
      env: { XDG_CACHE_HOME: join(this.#folder, 'cache'), ...env },
    });
  }

  /** The build's cache for the running Node. */
  get shipped(): string {
    return join(this.#folder, `cli-${process.version}-${process.arch}.cache`);
  }

  /** The caches in the user's folder. */
  userCaches(): string[] {
    const folder = join(this.#folder, 'cache', 'tenure');
    return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  }
}

async function install(context: TestContext): Promise<Installation> {
  const folder = mkdtempSync(join(tmpdir(), 'tnr-'));
  context.after(() => removeFolder(folder));
  const outfile = join(folder, 'tenure.cjs');
  const entryPoints = ['src/cli/launcher.ts'];
  const define = { BUNDLE: '"cli"' };
  await build({ absWorkingDir: root, entryPoints, outfile, bundle: true, platform: 'node', format: 'cjs', define });
  return new Installation(folder);
}

test('without a shipped cache the first run makes one for the user, and the next takes it as it is', async (context) => {
  const installation = await install(context);
  assert.equal(installation.run(), SEEN);
  const [cache = '', ...others] = installation.userCaches();
  assert.deepEqual(others, []);
  const made = statSync(cache);
  assert.equal(installation.run(), SEEN);
  assert.equal(statSync(cache).ino, made.ino);
});

test('a shipped cache is taken, and the user gets none', async (context) => {
  const installation = await install(context);
  installation.run({ TENURE_CODE_CACHE_OUT: installation.shipped });
  assert.equal(installation.run(), SEEN);
  assert.deepEqual(installation.userCaches(), []);
});

test('a shipped cache that V8 rejects is replaced by one of the user', async (context) => {
  const installation = await install(context);
  installation.run({ TENURE_CODE_CACHE_OUT: installation.shipped });
  const flags = { NODE_OPTIONS: '--stack-trace-limit=7' };
  assert.equal(installation.run(flags), SEEN);
  const [cache = ''] = installation.userCaches();
  const made = statSync(cache);
  assert.equal(installation.run(flags), SEEN);
  assert.equal(statSync(cache).ino, made.ino);
});

test('a damaged cache costs nothing but time, and is made anew', async (context) => {
  const installation = await install(context);
  installation.run();
  const [cache = ''] = installation.userCaches();
  writeFileSync(cache, 'damaged');
  assert.equal(installation.run(), SEEN);
  assert.notEqual(readFileSync(cache, 'latin1'), 'damaged');
});

test('a cache that others may write is not taken', async (context) => {
  const installation = await install(context);
  installation.run();
  const [cache = ''] = installation.userCaches();
  chmodSync(cache, 0o666);
  assert.equal(installation.run(), SEEN);
  assert.equal(statSync(cache).mode & 0o777, 0o600);
});

test('where no cache can be kept the command runs all the same', async (context) => {
  const installation = await install(context);
  assert.equal(installation.run({ XDG_CACHE_HOME: '/dev/null' }), SEEN);
});

test('the traced bundle is taken where OpenTelemetry is on, but not for an orchestrator, nor for a shell that completes', async (context) => {
  const installation = await install(context);
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' };
  assert.equal(installation.run(env), 'run x,false,function');
  assert.equal(installation.run(env, 'orchestrate'), 'orchestrate x,true,function');
  assert.equal(installation.run(env, '__complete'), '__complete x,true,function');
});
