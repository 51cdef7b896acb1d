import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, test } from 'node:test';

const root = join(import.meta.dirname, '..');

/** What each folder may import besides itself and packages; `store/port` is that file alone. */
const SERVICE = ['store/port', 'rpc', 'telemetry', 'os', '@tenure/client/gen'];
const ROOM = ['os', '@tenure/client/gen'];
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  cli: ['@tenure/client', 'opentelemetry'],
  orchestrator: ['@tenure/client'],
  daemon: [
    ...SERVICE,
    'store',
    'lease',
    'health',
    'secret',
    'audit',
    'session',
    'task',
    'opentelemetry',
    '@tenure/client',
  ],
  lease: SERVICE,
  health: SERVICE,
  secret: SERVICE,
  audit: SERVICE,
  session: SERVICE,
  task: SERVICE,
  rpc: ROOM,
  store: ROOM,
  telemetry: ROOM,
  opentelemetry: [...SERVICE, 'lease/lease_watch', 'lease/create_leases', 'health/status', '@tenure/client'],
  os: [],
  client: [],
};

/** Types of these are no I/O, but rules must not even name them. */
const IMPURE_MODULE = /^node:(?!util\b|assert\b)|^(koffi|lmdb|pino|zod|yaml|commander|@grpc\/)/;
const IMPURE_CALL =
  /(?<![.\w])(Date\.now|new Date\(\)|Math\.random|performance\.|process\.|set(Timeout|Interval|Immediate)|fetch\()/;

const MAX_LINES = 300;
/** Longer files, each with its reason. */
const LONG_FILES: Readonly<Record<string, string>> = {};

interface Source {
  /** From the root: `src/lease/policy.ts`. */
  readonly path: string;
  readonly text: string;
}

/** `lease`, `client`, …: the room that a file stands in. */
function roomOf(path: string): string {
  return path.startsWith('clients/typescript/') ? 'client' : (path.split('/')[1] ?? '');
}

function importsOf(text: string): string[] {
  const statements =
    /(?:^|\n)\s*(?:import|export)\s(?:[^'";]*?\sfrom\s)?\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/g;
  return [...text.matchAll(statements)].map((match) => match[1] ?? match[2] ?? '');
}

function faultsOf({ path, text }: Source): string[] {
  const room = roomOf(path);
  const allowed = MAY_IMPORT[room];
  if (allowed === undefined) return [`${path}: the table names no folder ${room}`];
  const isRule = /rules[^/]*\.ts$/.test(path);
  const faults: string[] = [];
  for (const wanted of importsOf(text)) {
    if (isRule && IMPURE_MODULE.test(wanted)) faults.push(`${path}: rules are pure and must not import ${wanted}`);
    const isRelative = wanted.startsWith('.');
    if (!isRelative && !wanted.startsWith('@tenure/')) continue;
    const target = isRelative ? join(dirname(path), wanted).replace(/\.js$/, '') : wanted;
    if (isRelative && roomOf(target) === room) continue;
    const name = isRelative ? target.replace(/^src\//, '') : target;
    if (!allowed.some((prefix) => name === prefix || name.startsWith(`${prefix}/`))) {
      faults.push(`${path}: ${room} must not import ${name}`);
    }
  }
  const call = isRule ? IMPURE_CALL.exec(text)?.[0] : undefined;
  if (call !== undefined) faults.push(`${path}: rules take time and chance as parameters, not by ${call}`);
  const lines = text.split('\n').length - 1;
  if (lines > MAX_LINES && !(path in LONG_FILES)) faults.push(`${path}: ${lines} lines; split it, or list its reason`);
  return faults;
}

function sources(): Source[] {
  return ['src', 'clients/typescript/src']
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
    )
    .filter((path) => path.endsWith('.ts') && !/^clients\/typescript\/src\/gen\/|\.gen\.ts$/.test(path))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

describe('architecture', () => {
  test('every import stays within its folder’s rights, and rules stay pure', () => {
    const files = sources();
    assert.ok(files.length > 20, `only ${files.length} files found below ${relative(process.cwd(), root) || '.'}`);
    assert.deepEqual(files.flatMap(faultsOf), []);
  });

  test('each kind of trespass is found', () => {
    const trespasses: readonly Source[] = [
      { path: 'src/cli/x.ts', text: "import { a } from '../lease/manager.js';\n" },
      { path: 'src/lease/x.ts', text: "import {\n  type A,\n} from '../store/embedded.js';\n" },
      { path: 'src/lease/x.ts', text: "import { connect } from '@tenure/client';\n" },
      { path: 'src/rpc/x.ts', text: "export { log } from '../telemetry/log.js';\n" },
      { path: 'src/os/x.ts', text: "const later = await import('../rpc/server.js');\n" },
      { path: 'clients/typescript/src/x.ts', text: "import type { B } from '../../../src/lease/record.js';\n" },
      { path: 'src/lease/x_rules.ts', text: "import { readFileSync } from 'node:fs';\n" },
      { path: 'src/lease/x_rules.ts', text: 'export const now = () => Date.now();\n' },
      { path: 'src/attic/x.ts', text: '' },
      { path: 'src/lease/x.ts', text: '\n'.repeat(MAX_LINES + 1) },
    ];
    for (const trespass of trespasses) {
      assert.equal(faultsOf(trespass).length, 1, `${trespass.path}: ${trespass.text.slice(0, 60)}`);
    }
    assert.deepEqual(faultsOf({ path: 'src/lease/x.ts', text: "import { a } from '../store/port.js';\n" }), []);
  });

  test('the list of long files holds nothing that is no longer long', () => {
    const lengths = new Map(sources().map(({ path, text }) => [path, text.split('\n').length - 1]));
    for (const path of Object.keys(LONG_FILES)) assert.ok((lengths.get(path) ?? 0) > MAX_LINES, path);
  });
});
