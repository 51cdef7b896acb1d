// Finds test files and runs them with Node's own runner, from the sources.

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, sep } from 'node:path';

export const root = join(import.meta.dirname, '..');

/** Longest time for one file; a test that hangs must fail, not hold the run. */
const FILE_TIMEOUT_MS = 300_000;

/** All test files below a folder, as paths from the root; `prefixes` select some of them. */
export function findTests(folder, prefixes = []) {
  return readdirSync(join(root, folder), { recursive: true })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(folder, name).split(sep).join('/'))
    .filter((file) => prefixes.length === 0 || prefixes.some((prefix) => file.startsWith(prefix)))
    .sort();
}

/** Runs the files and answers the exit code; the last lines printed are the runner's own summary. */
export function runTests(files, { concurrency }) {
  if (files.length === 0) {
    console.error('no test file matches');
    return 1;
  }
  const child = spawnSync(
    process.execPath,
    [
      '--conditions=tenure-source',
      '--import',
      'tsx',
      '--test',
      '--test-reporter=spec',
      `--test-concurrency=${concurrency}`,
      `--test-timeout=${FILE_TIMEOUT_MS}`,
      ...files,
    ],
    { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  if (child.error) throw child.error;
  return child.status ?? 1;
}
