import { join } from 'node:path';
import { readLastLines } from '../../daemon/log_file.js';
import { type Check, note, ok, warning } from '../finding.js';
import { isSevere, recentFaults } from './log_rules.js';

const LINES = 5_000;
const DAY_MS = 86_400_000;

export const logCheck: Check = {
  id: 'log',
  looksAt: "errors in the daemon's log of the last day",
  async examine({ location: { stateDir, record }, nowMs }) {
    const path = join(stateDir, 'tenured.log');
    if (record?.startCount === undefined) return [ok('none yet')];
    let lines: readonly string[];
    try {
      ({ lines } = await readLastLines(path, LINES));
    } catch {
      return [note(`there is no log at ${path}; a daemon in the foreground writes to standard error`)];
    }
    const faults = recentFaults(lines, nowMs - DAY_MS);
    const last = faults.findLast(isSevere) ?? faults.at(-1);
    if (last === undefined) return [ok('no error in the last day')];
    const count = faults.length === 1 ? 'an error' : `${faults.length} errors`;
    return [
      warning(
        `${count} in the last day, the last at ${last.time}: ${last.message}`,
        `see them with: tenure daemon logs --lines ${LINES} | grep -wE 'error|fatal'`,
      ),
    ];
  },
};
