import { LastExit } from '@tenure/client';
import { describeLastRun, lastRun } from '../../daemon/last_run.js';
import { type Check, fault, note, ok, warning } from '../finding.js';

const LOOK =
  "'tenure daemon logs' and the kernel's log (dmesg: killed for lack of memory?) say why; then: tenure daemon start";

export const crashesCheck: Check = {
  id: 'crashes',
  looksAt: 'how the runs before ended, and whether the daemon is held back',
  examine({ location, status }) {
    const last = status === undefined ? lastRun(location.record) : undefined;
    if (last?.held !== undefined) return [fault(describeLastRun(last), LOOK)];
    if (last?.endedInOrder === false) return [note(`the last run, ${describeLastRun(last)}`)];
    const crashes = status?.crashesInARow ?? 0;
    if (crashes > 1) return [warning(`${crashes} crashes in a row before this run`, LOOK)];
    if (status?.lastExit === LastExit.CRASHED)
      return [note('the run before this one crashed; its leases were taken over')];
    return [ok('no crash since the last end in order')];
  },
};
