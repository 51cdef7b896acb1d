import { type Check, ok, warning } from '../finding.js';

export const warningsCheck: Check = {
  id: 'warnings',
  looksAt: 'what the daemon itself warns of',
  examine({ status }) {
    if (status === undefined) return [];
    const findings = status.warnings.map(({ code, message, remedy }) => warning(`${code}: ${message}`, remedy));
    return findings.length > 0 ? findings : [ok('none')];
  },
};
