// Builds dist/ from the sources alone: the launcher, the command line, the
// daemon, and V8's code cache of the command line for the running Node.
import { spawnSync } from 'node:child_process';
import { chmod, mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

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

await mkdir(dist, { recursive: true });
await Promise.all([
  build({
    ...shared,
    entryPoints: ['src/cli/launcher.ts'],
    outfile: 'dist/tenure.cjs',
    banner: { js: '#!/usr/bin/env node' },
  }),
  build({
    ...shared,
    entryPoints: ['src/cli/main.ts'],
    outfile: 'dist/cli.cjs',
    // grpc-js asks for it with channelz alone, which is never on.
    external: ['@grpc/proto-loader'],
  }),
  build({
    ...shared,
    entryPoints: ['src/daemon/main.ts'],
    outfile: 'dist/tenured.cjs',
    banner: { js: '#!/usr/bin/env node' },
    // Native code, found in node_modules at run time; and as above.
    external: ['koffi', 'lmdb', '@grpc/proto-loader'],
  }),
]);
await chmod(join(dist, 'tenure.cjs'), 0o755);
await chmod(join(dist, 'tenured.cjs'), 0o755);

// A cache taken after a run has the functions that the run compiled; one taken
// after compiling alone has almost none. It is an optimisation: without it the
// launcher makes one of its own.
const cachePath = join(dist, 'cli.cache');
await rm(cachePath, { force: true });
const warm = spawnSync(process.execPath, [join(root, '.ci/warm.mjs'), cachePath], { stdio: 'inherit' });
if (warm.status === 0) await chmod(cachePath, 0o644);
else console.warn('build: no code cache was made; the first run of tenure will make one');
