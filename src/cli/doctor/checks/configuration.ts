import { type Check, fault, ok } from '../finding.js';

export const configurationCheck: Check = {
  id: 'configuration',
  looksAt: 'the configuration file, as a daemon that starts now would read it',
  examine({ examination }) {
    if (typeof examination === 'string') {
      return [fault(`the daemon's program does not answer: ${examination}`, 'install tenure again')];
    }
    const { path, exists, fault: wrong } = examination.configuration;
    if (wrong !== '') {
      return [fault(wrong, 'mend it; a daemon that runs keeps what it has read, and the next one would not start')];
    }
    return [ok(exists ? path : `none${path === '' ? '' : ` at ${path}`}: defaults`)];
  },
};
