// Tests that need parts of the system besides Node. The first line of such a
// file names them: `// needs: tmux strace`; `root` is one too. `.ci/install-system-parts` installs them.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findTests, root, runTests } from './node_tests.mjs';

function partsOf(file) {
  const [firstLine] = readFileSync(join(root, file), 'utf8').split('\n', 1);
  const needs = /^\/\/ needs: (.+)$/.exec(firstLine);
  if (!needs) throw new Error(`${file}: its first line must be \`// needs: PART…\``);
  return needs[1].split(' ');
}

const isThere = (part) =>
  part === 'root' ? process.getuid() === 0 : spawnSync('sh', ['-c', 'command -v "$1"', 'sh', part]).status === 0;

const built = spawnSync(process.execPath, [join(root, '.ci', 'build.mjs')], { cwd: root, stdio: 'inherit' });
if (built.status !== 0) process.exit(built.status ?? 1);

const runnable = [];
let skipped = 0;
for (const file of findTests('test/system', process.argv.slice(2))) {
  const missing = partsOf(file).filter((part) => !isThere(part));
  if (missing.length === 0) {
    runnable.push(file);
    continue;
  }
  skipped += 1;
  console.error(`SKIPPED ${file}: ${missing.join(', ')} not found; run .ci/install-system-parts`);
}
// One at a time: they stop daemons, starve disks and type into terminals.
const code = runnable.length === 0 && skipped > 0 ? 0 : runTests(runnable, { concurrency: 1 });
if (skipped > 0) console.error(`${skipped} files SKIPPED for want of parts`);
process.exitCode = skipped > 0 && process.env.CI === 'true' ? 1 : code;
