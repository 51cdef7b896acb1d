import { appendFileSync } from 'node:fs';
import { FuseFiles } from '../../../src/session/fuses/fuse_files.js';
import { Fuses } from '../../../src/session/fuses/fuses.js';

// A daemon's fuses, killed at a moment of the test's choice: fuse_program FOLDER LOG MOMENT.
const [folder = '', log = '', moment = ''] = process.argv.slice(2);

function dieAt(wanted: string): void {
  if (moment === wanted) process.kill(process.pid, 'SIGKILL');
}

const files = new FuseFiles(folder);
const fuses = new Fuses({
  files: {
    readAll: (nowMs) => files.readAll(nowMs),
    write: (fuse) => files.write(fuse),
    remove: (fuseId) => {
      dieAt('before');
      files.remove(fuseId);
      dieAt('between');
    },
  },
  actions: {
    run: async ({ fuseId }) => {
      appendFileSync(log, `${fuseId}\n`);
      dieAt('within');
      return { success: true, detail: '' };
    },
  },
  wallMs: () => Date.now(),
  newId: () => 'fuse',
  events: { emit: () => undefined },
});
fuses.load();
await fuses.close();
