import { type StatsFs, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { describeBytes } from '../../health_text.js';
import { type Check, fault, ok, warning } from '../finding.js';

/** Below this the store takes no new leases; see src/store/headroom.ts. */
const TOO_LITTLE_BYTES = 16 * 1024 * 1024;
const LITTLE_BYTES = 256 * 1024 * 1024;

export const diskCheck: Check = {
  id: 'disk',
  looksAt: 'room, and room for files, on the disk of the state folder',
  examine({ location: { stateDir } }) {
    const { path, facts } = nearest(stateDir);
    const free = facts.bavail * facts.bsize;
    const room = `${describeBytes(free)} free for ${path}`;
    if (free < TOO_LITTLE_BYTES)
      return [fault(`${room}: no new lease is granted`, 'make room; releasing and revoking still work')];
    // Some file systems make room for files as they need it, and count none.
    if (facts.files > 0 && facts.ffree < 100) {
      return [
        fault(
          `${facts.ffree} files can be made in ${path}`,
          'delete files that nobody needs: sessions and audit segments are files',
        ),
      ];
    }
    if (free < LITTLE_BYTES)
      return [warning(room, 'make room before the store needs it; sessions keep their output there')];
    return [ok(room)];
  },
};

/** Of the folder, or of the nearest one above that exists. */
function nearest(stateDir: string): { path: string; facts: StatsFs } {
  for (let path = stateDir; ; path = dirname(path)) {
    try {
      return { path, facts: statfsSync(path) };
    } catch (error) {
      if (path === dirname(path)) throw error;
    }
  }
}
