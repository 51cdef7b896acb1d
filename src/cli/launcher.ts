/**
 * The file that `tenure` is, and `tenured`. It runs the bundle beside it
 * through V8's code cache, which saves compiling megabytes on every start. The
 * cache is an optimisation: whatever is wrong with it, the program runs.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { Script } from 'node:vm';
import { isWanted } from '../opentelemetry/settings_rules.js';
import { readUserCache, shippedCacheName, writeCache } from './launcher_cache.js';

/** `cli` or `daemon`: the build says which bundle this launcher runs. */
declare const BUNDLE: string;

/** sysexits(3) */
const INTERNAL = 70;
const OLDEST_NODE = 20;
/**
 * Commands that are no trace: an orchestrator, which would be one for weeks,
 * and what a shell asks between two keys, or the build.
 */
const UNTRACED: readonly (string | undefined)[] = ['orchestrate', '__complete', '__man'];

/** As Node wraps a CommonJS module. */
type Bundle = (
  exports: object,
  require: NodeJS.Require,
  module: { exports: object },
  filename: string,
  dirname: string,
) => void;

function isBundle(value: unknown): value is Bundle {
  return typeof value === 'function';
}

function readOptional(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

/** Compiles the bundle, and sees to it that the next call finds a cache that V8 takes. */
function compile(path: string): Script {
  // esbuild writes ASCII only, and latin1 is the cheapest way to read it.
  const code = readFileSync(path, 'latin1');
  const source = `(function (exports, require, module, __filename, __dirname) {${code}\n})`;

  // The build asks for the cache of one run at this path.
  const wanted = process.env['TENURE_CODE_CACHE_OUT'];
  if (wanted !== undefined) {
    delete process.env['TENURE_CODE_CACHE_OUT'];
    const script = new Script(source, { filename: path });
    process.once('exit', () => writeCache(wanted, script));
    return script;
  }

  const shipped = readOptional(join(__dirname, shippedCacheName(basename(path, '.cjs'))));
  if (shipped !== undefined) {
    const script = new Script(source, { filename: path, cachedData: shipped });
    if (script.cachedDataRejected !== true) return script;
  }
  return compileWithUserCache(path, source);
}

/** For another Node than the one of the build, other V8 flags, or another processor. */
function compileWithUserCache(path: string, source: string): Script {
  const user = readUserCache(path);
  // One character more: V8 remembers a source that it compiled a moment ago, and then looks at no cache.
  const script = new Script(`${source}\n`, {
    filename: path,
    ...(user?.cachedData === undefined ? {} : { cachedData: user.cachedData }),
  });
  const isTaken = user?.cachedData !== undefined && script.cachedDataRejected === false;
  if (user !== undefined && !isTaken && loadsAll()) process.once('exit', () => writeCache(user.path, script));
  return script;
}

/** A cache of `tenure --help` would lack what the common commands need, and would stay. */
function loadsAll(): boolean {
  return BUNDLE === 'daemon' || process.argv[2] === 'run' || process.argv[2] === 'lease';
}

/** What a person needs of a program that can't even begin: no stack. */
function fail(why: string): never {
  process.stderr.write(`tenure: ${why}\n`);
  process.exit(INTERNAL);
}

// Before anything that an older Node does not know.
if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
  fail(`this is Node ${process.versions.node}; tenure needs ${OLDEST_NODE}.19 or later`);
}
// In the other bundle grpc-js is not inside, so that OpenTelemetry can see it.
const isTraced = isWanted(process.env) && (BUNDLE === 'daemon' || !UNTRACED.includes(process.argv[2]));
const path = join(__dirname, isTraced ? `${BUNDLE}-traced.cjs` : `${BUNDLE}.cjs`);
try {
  const bundle: unknown = compile(path).runInThisContext();
  if (!isBundle(bundle)) throw new Error('it is no program');
  const module = { exports: {} };
  bundle(module.exports, createRequire(path), module, path, __dirname);
} catch (error) {
  const [why] = (error instanceof Error ? error.message : String(error)).split('\n', 1);
  fail(`${path} is damaged, or what it needs is missing (${why}); install tenure again`);
}
