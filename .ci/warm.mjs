// Runs the common path of the command line in the folder given once, against
// a daemon in a folder of its own, and has the launcher write V8's code cache
// beside it. Without a daemon the path ends earlier, and the cache has less in it.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A daemon that hangs must not hang the build. */
const PATIENCE_MS = 20_000;

const [dist = '.'] = process.argv.slice(2);
/** As src/cli/launcher_cache.ts names it. */
const cacheOf = (bundle) => join(dist, `${bundle}-${process.version}-${process.arch}.cache`);
const folder = mkdtempSync(join(tmpdir(), 'tnb-'));
const inherited = Object.entries(process.env).filter(([name]) => !/^(TENURE|OTEL)_/.test(name));
const environment = {
  ...Object.fromEntries(inherited),
  XDG_CONFIG_HOME: folder,
  TENURE_STATE_DIR: join(folder, 'state'),
  TENURE_AUTOSTART: '0',
};

const daemon = spawn(process.execPath, [join(dist, 'tenured.cjs')], {
  env: { ...environment, TENURE_READY_FD: '3', TENURE_CODE_CACHE_OUT: cacheOf('daemon') },
  stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
});
const ended = once(daemon, 'exit');
const patience = setTimeout(() => daemon.kill('SIGKILL'), PATIENCE_MS);
// Its ready line, or its end.
await Promise.race([once(daemon.stdio[3], 'data'), ended]);
const ran = spawnSync(process.execPath, [join(dist, 'tenure.cjs'), 'run', 'build/warm', '--', 'true'], {
  env: { ...environment, TENURE_CODE_CACHE_OUT: cacheOf('cli') },
  stdio: 'ignore',
  timeout: PATIENCE_MS,
});
daemon.kill('SIGTERM');
await ended;
clearTimeout(patience);
rmSync(folder, { recursive: true, force: true });
if (ran.status !== 0) console.warn(`build: tenure run ended with ${ran.status}; the code cache is not complete`);
process.exitCode = ran.error === undefined ? 0 : 1;
