import { LastExit } from '@tenure/client';
import { describeLastRun, lastRun } from '../../daemon/last_run.js';
import { type Check, fault, note, ok, warning } from '../finding.js';

const LOOK = "'tenure daemon logs' and the kernel's log (dmesg: killed for lack of memory?) say why";

export const crashesCheck: Check = {
  id: 'crashes',
  looksAt: 'how the runs before ended, and whether the daemon is held back',
  examine({ location, running, status }) {
    // Of a run under way the record says as much as of one that has crashed.
    const last = running === undefined ? lastRun(location.record) : undefined;
    if (last?.held !== undefined) return [fault(describeLastRun(last), `${LOOK}; then: tenure daemon start`)];
    if (last?.endedInOrder === false) return [note(`the last run, ${describeLastRun(last)}`)];
    const crashes = status?.crashesInARow ?? (running === undefined ? 0 : (location.record?.crashesInARow ?? 0));
    if (crashes > 1) return [warning(`${crashes} crashes in a row before this run`, LOOK)];
    if (status?.lastExit === LastExit.CRASHED)
      return [note('the run before this one crashed; its leases were taken over')];
    if (running !== undefined && status === undefined) return [note('not known: the daemon does not answer')];
    return [ok('no crash since the last end in order')];
  },
};
