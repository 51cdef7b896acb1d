import { realpathSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { understandEachOther } from '@tenure/client';
import { version } from '../../version.js';
import { type Check, type Finding, note, ok, warning } from '../finding.js';

const OLDEST_NODE = [20, 19] as const;

export const versionsCheck: Check = {
  id: 'versions',
  looksAt: 'the versions of Node, of this command line, of the daemon, and of another tenure on PATH',
  examine({ location, status, environment }) {
    const findings: Finding[] = [];
    const own = version();
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
    if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
      findings.push(
        warning(`Node is ${process.versions.node}, Tenure needs ${OLDEST_NODE.join('.')}`, 'install a later Node'),
      );
    }
    const daemon = status?.version ?? location.record?.version;
    if (status !== undefined && status.version !== own) {
      const versions = `this command line is ${own}, the daemon that runs is ${status.version}`;
      const remedy = "'tenure daemon restart' starts the daemon of this version; leases go on";
      findings.push(
        understandEachOther(own, status.version)
          ? note(`${versions}: they work together; ${remedy}`)
          : warning(`${versions}: they may not understand each other`, remedy),
      );
    }
    const other = otherTenure(environment['PATH'] ?? '');
    if (other !== undefined) findings.push(note(`another tenure is first on PATH: ${other}`));
    const running = daemon === undefined ? 'no daemon yet' : `daemon ${daemon}`;
    return findings.length > 0 ? findings : [ok(`${own}, ${running}, Node ${process.versions.node}`)];
  },
};

/** The first `tenure` on PATH where it is not the one that runs here. */
function otherTenure(path: string): string | undefined {
  for (const folder of path.split(delimiter)) {
    const candidate = join(folder, 'tenure');
    try {
      if (!statSync(candidate).isFile()) continue;
      const real = realpathSync(candidate);
      const own = process.argv[1] === undefined ? undefined : dirname(realpathSync(process.argv[1]));
      return dirname(real) === own ? undefined : candidate;
    } catch {
      // Not there, or not to be seen.
    }
  }
  return undefined;
}
