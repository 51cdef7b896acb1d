import { type Check, ok, warning } from '../finding.js';

/** The line `crashes` tells of it. */
const CRASHES_WARNING = 'daemon-crashes';

export const warningsCheck: Check = {
  id: 'warnings',
  looksAt: 'what the daemon itself warns of',
  examine({ status }) {
    if (status === undefined) return [];
    const findings = status.warnings
      .filter(({ code }) => code !== CRASHES_WARNING)
      .map(({ code, message, remedy }) => warning(`${code}: ${message}`, remedy));
    return findings.length > 0 ? findings : [ok('none')];
  },
};
