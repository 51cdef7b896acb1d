import { userInfo } from 'node:os';
import { isAbsolute } from 'node:path';
import { ENVIRONMENT_VARIABLES } from '../../environment_variables.js';
import { type Check, type Finding, note, ok, warning } from '../finding.js';
import { stateFolderNote } from './state_folder.js';

const KNOWN = new Set(ENVIRONMENT_VARIABLES.map(({ name }) => name));
/** Set for what the daemon and the command line run. */
const SET_FOR_OTHERS =
  /^TENURE_(IN_SESSION|SESSION|TASK|FUSE|LEASE|SECRET|CLIENT|AGENT|EVENT|HOOK|DIRECTORY|SOURCE_FILE)(_|$)/;
const PATHS = ['TENURE_SOCKET', 'TENURE_STATE_DIR', 'TENURE_CONFIG'] as const;

export const environmentCheck: Check = {
  id: 'environment',
  looksAt: 'TENURE_* and XDG_* variables, and the home',
  examine({ environment, location }) {
    const findings = [...variableFindings(environment), ...homeFindings(environment)];
    const elsewhere = stateFolderNote(environment, location.stateDir);
    if (elsewhere !== undefined) findings.push(note(elsewhere));
    return findings.length === 0 ? [ok('nothing that would lead commands astray')] : findings;
  },
};

function* variableFindings(environment: NodeJS.ProcessEnv): Iterable<Finding> {
  const names = Object.keys(environment).filter((name) => name.startsWith('TENURE_'));
  for (const name of names) {
    if (KNOWN.has(name) || SET_FOR_OTHERS.test(name)) continue;
    yield note(`${name} is set, which Tenure does not read: is it a slip of the finger?`);
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
