/**
 * Watches the process that its argument names, by pidfd and by /proc, uses up
 * its own descriptors, says what it sees, and exits with 0 once both watches
 * have seen the end.
 */
import { openSync, writeSync } from 'node:fs';
import { ProcessWatch } from '../../src/os/process_watch.js';
import { identityOf } from './child_process.js';

const identity = identityOf(Number(process.argv[2]));
const byPidfd = new ProcessWatch();
const byProc = new ProcessWatch(() => {
  throw new Error('ENOSYS');
});
const watches = [byPidfd, byProc];
let ended = 0;
for (const watch of watches) {
  watch.setUrgent(true);
  watch.onExit(identity, () => {
    ended += 1;
    if (ended === watches.length) process.exit(0);
  });
}
try {
  for (;;) openSync('/dev/null', 'r');
} catch {
  for (const watch of watches) watch.checkNow();
}
writeSync(1, `${watches.map((watch) => (watch.isAlive(identity) && ended === 0 ? 'alive' : 'dead')).join(' ')}\n`);
