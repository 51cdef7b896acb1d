// Tests with the real command lines of coding agents, against a mock model on
// loopback. Installs the agents once, in a folder beside the project:
// TENURE_AGENTS_DIR, or tenure-agents in the user's cache folder.
// `npm run test:agents -- test/agents/stop` runs what begins with one of these.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { findTests, root, runTests } from './node_tests.mjs';

/** Each with the script that it would run after an install by itself; no other script is run. */
const AGENTS = [
  { command: 'claude', package: '@anthropic-ai/claude-code', version: '2.1.329', script: 'install.cjs' },
  { command: 'codex', package: '@openai/codex', version: '0.169.0' },
];

/** A registry that can't be reached is told of within a minute, not within an hour. */
const NPM_OPTIONS = [
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--fetch-retries=2',
  '--fetch-retry-mintimeout=1000',
  '--fetch-retry-maxtimeout=5000',
  '--fetch-timeout=20000',
];

const cache =
  process.env.TENURE_AGENTS_DIR || join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'tenure-agents');

/** Installs one, unless it is there; answers the folder of its command. */
function install({ command, package: name, version, script }) {
  const folder = join(cache, `${command}-${version}`);
  if (!existsSync(folder)) {
    console.log(`test-agents: installing ${name}@${version} in ${folder}, some 400 MB`);
    mkdirSync(cache, { recursive: true });
    // Apart, and moved when all of it is there.
    const fresh = mkdtempSync(join(cache, '.new-'));
    try {
      run('npm', ['install', '--prefix', fresh, ...NPM_OPTIONS, `${name}@${version}`]);
      if (script !== undefined) run(process.execPath, [script], join(fresh, 'node_modules', name));
      const said = run(join(fresh, 'node_modules', '.bin', command), ['--version'], fresh, { HOME: fresh });
      if (!said.includes(version)) throw new Error(`${command} --version says ${JSON.stringify(said)}, not ${version}`);
      if (!existsSync(folder)) renameSync(fresh, folder);
    } finally {
      rmSync(fresh, { recursive: true, force: true });
    }
  }
  return join(folder, 'node_modules', '.bin');
}

/** Answers what it printed. */
function run(command, args, cwd = root, env = {}) {
  const child = spawnSync(command, args, { cwd, env: { ...process.env, ...env }, encoding: 'utf8' });
  if (child.status === 0) return child.stdout;
  throw new Error(`${[command, ...args].join(' ')}: ${child.error ?? `exit code ${child.status}`}\n${child.stderr}`);
}

function installAll() {
  const folders = [];
  const missing = [];
  for (const agent of AGENTS) {
    try {
      folders.push(install(agent));
    } catch (error) {
      missing.push(agent.package);
      console.error(`test-agents: ${agent.package}@${agent.version} CANNOT BE INSTALLED: ${error.message}`);
    }
  }
  if (missing.length === 0) return folders;
  console.error(`test-agents: FAILED, no test was run: without ${missing.join(' and ')} nothing would be shown`);
  process.exit(1);
}

/** Runs this program again where there is no network but loopback: agents call home. Undefined: that can't be done here. */
function runInsulated(prefixes) {
  const unshare = process.getuid() === 0 ? ['--net'] : ['--net', '--map-root-user'];
  const within = (...command) => [...unshare, 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', ...command];
  if (spawnSync('unshare', within('true')).status !== 0) return undefined;
  return spawnSync('unshare', within(process.execPath, import.meta.filename, ...prefixes), { stdio: 'inherit' }).status;
}

/** Where the commands are, for the tests; set: this is the run within. */
const PATH_VARIABLE = 'TENURE_TEST_AGENTS_PATH';

const prefixes = process.argv.slice(2);
const runHere = () => runTests(findTests('test/agents', prefixes), { concurrency: 1 });

if (process.env[PATH_VARIABLE] !== undefined) {
  process.exitCode = runHere();
} else {
  run(process.execPath, [join(root, '.ci', 'build.mjs')]);
  process.env[PATH_VARIABLE] = installAll().join(':');
  let code = runInsulated(prefixes);
  if (code === undefined) {
    console.error('test-agents: no network namespace can be made here; the agents are free to call home');
    code = runHere();
  }
  process.exitCode = code ?? 1;
}
