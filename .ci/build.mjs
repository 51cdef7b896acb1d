// Builds dist/ from the sources alone: the command line and the daemon, a
// launcher for each, and V8's code caches of both for the running Node.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
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
/** A client comes from the command line's own bundle; of the contract the views need the names alone. */
const withoutGrpc = {
  name: 'without-grpc',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^@grpc\/grpc-js$/ }, () => ({ path: 'none', namespace: 'no-grpc' }));
    const others = Object.keys(grpc).filter((name) => name !== 'default' && name !== 'makeGenericClientConstructor');
    const contents = `/* @__NO_SIDE_EFFECTS__ */ export function makeGenericClientConstructor() {}
      export let ${others.join(', ')};`;
    onLoad({ filter: /.*/, namespace: 'no-grpc' }, () => ({ contents }));
  },
};
const program = { js: '#!/usr/bin/env node' };
// grpc-js asks for it with channelz alone, which is never on.
const neverLoaded = ['@grpc/proto-loader'];
/** As src/cli/launcher_cache.ts names it. */
const isCache = (file) => file.endsWith('.cache');

/** The small program that runs a bundle through V8's code cache. */
function launcher(bundle, file) {
  const define = { ...shared.define, BUNDLE: JSON.stringify(bundle) };
  return build({
    ...shared,
    entryPoints: ['src/cli/launcher.ts'],
    outfile: join(fresh, file),
    banner: program,
    define,
  });
}

mkdirSync(dist, { recursive: true });
// Apart, and moved when all is there: commands may run from dist/ meanwhile.
const fresh = mkdtempSync(join(dist, '.fresh-'));
try {
  await Promise.all([
    launcher('cli', 'tenure.cjs'),
    launcher('daemon', 'tenured.cjs'),
    build({
      ...shared,
      entryPoints: ['src/cli/main.ts'],
      outfile: join(fresh, 'cli.cjs'),
      external: neverLoaded,
      plugins: [viewsApart],
      // The launcher runs the bundle as a script, which can't import().
      supported: { 'dynamic-import': false },
    }),
    build({
      ...shared,
      entryPoints: ['src/cli/views.ts'],
      outfile: join(fresh, 'views.cjs'),
      plugins: [withoutGrpc],
    }),
    build({
      ...shared,
      entryPoints: ['src/daemon/main.ts'],
      outfile: join(fresh, 'daemon.cjs'),
      // Native code, found in node_modules at run time.
      external: ['koffi', 'lmdb', ...neverLoaded],
    }),
  ]);
  chmodSync(join(fresh, 'tenure.cjs'), 0o755);
  chmodSync(join(fresh, 'tenured.cjs'), 0o755);

  // The old cache goes first and the new one comes last: V8 hardly notices a
  // cache of another bundle.
  for (const file of readdirSync(dist).filter(isCache)) rmSync(join(dist, file), { force: true });
  for (const file of ['daemon.cjs', 'tenured.cjs', 'views.cjs', 'cli.cjs', 'tenure.cjs'])
    renameSync(join(fresh, file), join(dist, file));
} finally {
  rmSync(fresh, { recursive: true, force: true });
}

// A cache taken after a run has the functions that the run compiled; one taken
// after compiling alone has almost none. Without it the launcher makes one of
// its own.
const warm = spawnSync(process.execPath, [join(root, '.ci/warm.mjs'), dist], { stdio: 'inherit' });
const caches = readdirSync(dist).filter(isCache);
for (const file of caches) chmodSync(join(dist, file), 0o644);
if (warm.status !== 0 || caches.length < 2) {
  console.warn('build: no code cache was made; the first run of tenure will make one');
}
