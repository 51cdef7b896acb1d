// Unit and end-to-end tests: all that needs nothing but Node.
// `npm test -- test/lease test/e2e/nested` runs what begins with one of these.

import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { findTests, root, runTests } from './node_tests.mjs';

// The end-to-end tests run what users run: the bundles.
const built = spawnSync(process.execPath, [join(root, '.ci', 'build.mjs')], { cwd: root, stdio: 'inherit' });
if (built.status !== 0) process.exit(built.status ?? 1);

const elsewhere = /^test\/(agents|system|bench)\//;
const files = findTests('test', process.argv.slice(2)).filter((file) => !elsewhere.test(file));
process.exitCode = runTests(files, { concurrency: Math.min(4, availableParallelism()) });
