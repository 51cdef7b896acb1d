import { userInfo } from 'node:os';
import { isAbsolute } from 'node:path';
import { type Check, type Finding, note, ok, warning } from '../finding.js';

/** As docs/configuration.md has them, and those that launched sessions and hooks get. */
const KNOWN = new Set([
  'TENURE_SOCKET',
  'TENURE_STATE_DIR',
  'TENURE_CONFIG',
  'TENURE_AUTOSTART',
  'TENURE_LEASES',
  'TENURE_TOKEN',
  'TENURE_READY_FD',
  'TENURE_CODE_CACHE_OUT',
  'TENURE_AGENTS_DIR',
]);
/** Set for what the daemon runs, in more names than stand here. */
const SET_BY_THE_DAEMON = /^TENURE_(SESSION|FUSE|SECRET|LEASE|WORKTREE|TASK|EVENT|HOOK)_/;
const PATHS = ['TENURE_SOCKET', 'TENURE_STATE_DIR', 'TENURE_CONFIG'] as const;

export const environmentCheck: Check = {
  id: 'environment',
  looksAt: 'TENURE_* and XDG_* variables, and the home',
  examine({ environment }) {
    const findings = [...variableFindings(environment), ...homeFindings(environment)];
    return findings.length === 0 ? [ok('nothing that would lead commands astray')] : findings;
  },
};

function* variableFindings(environment: NodeJS.ProcessEnv): Iterable<Finding> {
  const names = Object.keys(environment).filter((name) => name.startsWith('TENURE_'));
  for (const name of names) {
    if (KNOWN.has(name) || SET_BY_THE_DAEMON.test(name)) continue;
    yield warning(`${name} is set, which nothing reads`, 'see docs/configuration.md for the names that are read');
  }
  for (const name of PATHS) {
    const value = environment[name];
    if (value === undefined || value === '') continue;
    if (isAbsolute(value)) yield note(`${name} is set: ${value}`);
    else yield warning(`${name} is "${value}", which every folder reads in its own way`, 'give an absolute path');
  }
  if (environment['TENURE_AUTOSTART'] === '0') yield note('TENURE_AUTOSTART is 0: commands start no daemon');
  if ((environment['TENURE_LEASES'] ?? '') !== '') {
    yield note('TENURE_LEASES is set: what runs here runs under leases of its ancestors');
  }
}

function* homeFindings(environment: NodeJS.ProcessEnv): Iterable<Finding> {
  const home = homeOfUser();
  if (home === undefined) {
    yield warning('this user has no entry in the user database', 'set TENURE_STATE_DIR to a folder of your own');
  } else if (environment['HOME'] !== undefined && environment['HOME'] !== home) {
    yield note(`HOME is ${environment['HOME']}, the user database says ${home}, where Tenure looks`);
  }
}

function homeOfUser(): string | undefined {
  try {
    return userInfo().homedir;
  } catch {
    return undefined;
  }
}
