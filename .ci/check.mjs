// Runs every check and reports all that fail, not only the first.
// `npm run check -- types imports` runs only these.

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isComplete, isUnbroken } from './contract.mjs';

const root = join(import.meta.dirname, '..');
const node = process.execPath;

/** Answers whether a command went well, and what it said. */
function run(command, args, cwd = root) {
  const child = spawnSync(command, args, { cwd, encoding: 'utf8', maxBuffer: 1 << 28 });
  return { ok: child.status === 0, output: `${child.stdout ?? ''}${child.stderr ?? ''}${child.error ?? ''}` };
}

const tests = (...files) => run(node, ['--conditions=tenure-source', '--import', 'tsx', '--test', ...files]);
const tool = (name, ...args) => run(join(root, 'node_modules', '.bin', name), args);

/** Generates in a copy of the tree, so that checking changes nothing in it. */
function generatedIsCurrent() {
  const listed = run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard']);
  if (!listed.ok) return listed;
  const copy = mkdtempSync(join(tmpdir(), 'tenure-generate-'));
  try {
    const files = listed.output.split('\0').filter((file) => file !== '' && existsSync(join(root, file)));
    for (const file of files) cpSync(join(root, file), join(copy, file));
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    run('git', ['init', '-q'], copy);
    run('git', ['add', '-A'], copy);
    const generated = run(node, ['.ci/generate.mjs'], copy);
    if (!generated.ok) return generated;
    const changed = run('git', ['status', '--porcelain'], copy).output.split('\n');
    const drift = changed.filter((line) => !['', '?? node_modules'].includes(line) && !line.startsWith('A  '));
    return { ok: drift.length === 0, output: `${drift.join('\n')}\nRun \`npm run generate\` and commit the result.\n` };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

const steps = {
  format: () => tool('biome', 'ci', '--colors=off', '--error-on-warnings', '.'),
  imports: () => tests('test/architecture.test.ts'),
  docs: () => tests('test/docs.test.ts', 'test/docs_commands.test.ts'),
  'contract-style': () => tool('buf', 'lint', 'proto'),
  'contract-format': () => tool('buf', 'format', 'proto', '-d', '--exit-code'),
  'contract-unbroken': isUnbroken,
  'contract-image': isComplete,
  generated: generatedIsCurrent,
  types: () => tool('tsc', '-p', 'tsconfig.json'),
  build: () => run(node, ['.ci/build.mjs']),
  unused: () => tool('knip', '--no-progress'),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in steps));
if (unknown.length > 0) {
  console.error(`no such check: ${unknown.join(', ')}; there are ${Object.keys(steps).join(', ')}`);
  process.exit(64);
}

const failed = [];
for (const [name, step] of Object.entries(steps)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const start = performance.now();
  const { ok, output } = step();
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  if (ok) continue;
  failed.push(name);
  process.stdout.write(`${output.trimEnd().replaceAll(/^/gm, '       ')}\n`);
}
console.log(failed.length === 0 ? 'checks: all passed' : `checks: ${failed.length} failed: ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
