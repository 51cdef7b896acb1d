// Builds dist/ from the sources alone: the command line, the daemon and the
// orchestrator, the first two also as OpenTelemetry can see them, a launcher for
// these, the manual page, and V8's code caches for the running Node.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as grpc from '@grpc/grpc-js';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** @type {import('esbuild').BuildOptions} */
const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  conditions: ['tenure-source'],
  charset: 'ascii',
  legalComments: 'none',
  logLevel: 'warning',
  // Bundles are CommonJS, which has no import.meta.
  define: { TENURE_VERSION: JSON.stringify(version), 'import.meta.dirname': '__dirname' },
};
/** The views are a bundle of their own, beside the others: no command but theirs pays for them. */
const viewsApart = {
  name: 'views-apart',
  setup: ({ onResolve }) => onResolve({ filter: /\/views\.js$/ }, () => ({ path: './views.cjs', external: true })),
};
/** The launcher runs a bundle as a script, which can't import(). */
const besideViews = { plugins: [viewsApart], supported: { 'dynamic-import': false } };
/** A client comes from the command line's own bundle; of the contract the views need the names alone. */
const withoutGrpc = {
  name: 'without-grpc',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^@grpc\/grpc-js$/ }, () => ({ path: 'none', namespace: 'no-grpc' }));
    const kept = ['default', 'makeGenericClientConstructor'];
    // Node 24 also gives a CommonJS module the name 'module.exports'.
    const others = Object.keys(grpc).filter((name) => /^\w+$/.test(name) && !kept.includes(name));
    const contents = `/* @__NO_SIDE_EFFECTS__ */ export function makeGenericClientConstructor() {}
      export let ${others.join(', ')};`;
    onLoad({ filter: /.*/, namespace: 'no-grpc' }, () => ({ contents }));
  },
};
const interpreter = { js: '#!/usr/bin/env node' };
// grpc-js asks for it with channelz alone, which is never on.
const neverLoaded = ['@grpc/proto-loader'];
/** Native code, found in node_modules at run time. */
const native = ['koffi', 'lmdb'];
/** What is traced must be loaded from node_modules, after the SDK, which is loaded from there, too. */
const traced = ['@grpc/grpc-js', '@opentelemetry/*'];
/** As src/cli/launcher_cache.ts names it. */
const isCache = (file) => file.endsWith('.cache');

/** The small program that runs a bundle through V8's code cache. */
function launcher(bundle, file) {
  const define = { ...shared.define, BUNDLE: JSON.stringify(bundle) };
  return build({
    ...shared,
    entryPoints: ['src/cli/launcher.ts'],
    outfile: join(fresh, file),
    banner: interpreter,
    define,
  });
}

/** A bundle that a launcher runs. */
function program(entry, file, external, more = {}) {
  return build({ ...shared, entryPoints: [entry], outfile: join(fresh, file), external, ...more });
}

mkdirSync(dist, { recursive: true });
// Apart, and moved when all is there: commands may run from dist/ meanwhile.
const fresh = mkdtempSync(join(dist, '.fresh-'));
try {
  await Promise.all([
    launcher('cli', 'tenure.cjs'),
    launcher('daemon', 'tenured.cjs'),
    program('src/cli/main.ts', 'cli.cjs', neverLoaded, besideViews),
    program('src/cli/traced_main.ts', 'cli-traced.cjs', traced, besideViews),
    program('src/daemon/main.ts', 'daemon.cjs', [...native, ...neverLoaded]),
    program('src/daemon/traced_main.ts', 'daemon-traced.cjs', [...native, ...traced]),
    program('src/orchestrator/main.ts', 'orchestrator.cjs', neverLoaded),
    program('src/cli/views.ts', 'views.cjs', [], { plugins: [withoutGrpc] }),
  ]);
  chmodSync(join(fresh, 'tenure.cjs'), 0o755);
  chmodSync(join(fresh, 'tenured.cjs'), 0o755);

  // The old cache goes first and the new one comes last: V8 hardly notices a
  // cache of another bundle.
  for (const file of readdirSync(dist).filter(isCache)) rmSync(join(dist, file), { force: true });
  const programs = [
    'daemon-traced.cjs',
    'daemon.cjs',
    'tenured.cjs',
    'orchestrator.cjs',
    'views.cjs',
    'cli-traced.cjs',
    'cli.cjs',
  ];
  for (const file of [...programs, 'tenure.cjs']) renameSync(join(fresh, file), join(dist, file));
} finally {
  rmSync(fresh, { recursive: true, force: true });
}

// From what --help prints; a page that is half there is none.
const page = spawnSync(process.execPath, [join(dist, 'tenure.cjs'), '__man'], { encoding: 'utf8' });
if (page.status !== 0) throw new Error(`the manual page could not be made: ${page.stderr}`);
writeFileSync(join(dist, 'tenure.1'), page.stdout);

// A cache taken after a run has the functions that the run compiled; one taken
// after compiling alone has almost none. Without it the launcher makes one of
// its own.
const warm = spawnSync(process.execPath, [join(root, '.ci/warm.mjs'), dist], { stdio: 'inherit' });
const caches = readdirSync(dist).filter(isCache);
for (const file of caches) chmodSync(join(dist, file), 0o644);
if (warm.status !== 0 || caches.length < 2) {
  console.warn('build: no code cache was made; the first run of tenure will make one');
}
