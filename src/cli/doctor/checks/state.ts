import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import { type Check, type Finding, fault, ok, warning } from '../finding.js';
import { pathFacts } from './path_facts.js';
import { isMadePrivate, mayMakePrivate, privateFault } from './path_rules.js';

/** From linux/magic.h: NFS, SMB, SMB 2, CIFS, 9p, FUSE, AFS. */
const REMOTE = new Set([0x6969, 0x517b, 0xfe534d42, 0xff534d42, 0x01021997, 0x65735546, 0x5346414f]);
const IN_MEMORY = 0x01021994;

/** What must be there in a state folder that a daemon has used, and be its owner's alone. */
const PARTS = [
  { name: 'key', kind: 'file' },
  { name: 'lock', kind: 'file' },
  { name: 'durable', kind: 'folder' },
  { name: 'boot', kind: 'folder' },
] as const;

export const stateCheck: Check = {
  id: 'state',
  looksAt: 'the state folder: owner, modes, the kind of its file system',
  examine({ location: { stateDir, record }, uid }) {
    const folder = pathFacts(stateDir);
    if (folder === undefined) return [ok(`${stateDir} is made by the first start`)];
    const wrong = privateFault(folder, 'folder', uid);
    const findings: Finding[] = [];
    if (wrong !== undefined) {
      if (!isMadePrivate(folder, uid)) return [unusable(`${stateDir} ${wrong}`, mayMakePrivate(folder, uid), stateDir)];
      findings.push(warning(`${stateDir} ${wrong}; the next start makes it private`, `at once: chmod 700 ${stateDir}`));
    }
    findings.push(...fileSystemFindings(stateDir));
    for (const { name, kind } of record?.startCount === undefined ? [] : PARTS) {
      const path = join(stateDir, name);
      const facts = pathFacts(path);
      if (facts === undefined)
        findings.push(warning(`${path} is gone`, 'the next start makes it anew; who deletes files there?'));
      else {
        const fault = privateFault(facts, kind, uid);
        if (fault !== undefined)
          findings.push(warning(`${path} ${fault}`, `chmod ${kind === 'folder' ? '700' : '600'} ${path}`));
      }
    }
    return findings.length > 0 ? findings : [ok(`${stateDir}, private`)];
  },
};

function unusable(message: string, mayMend: boolean, stateDir: string): Finding {
  const other = 'name a folder of your own with TENURE_STATE_DIR';
  return fault(message, mayMend ? `make it private (chmod 700 ${stateDir}), or ${other}` : other);
}

function* fileSystemFindings(stateDir: string): Iterable<Finding> {
  const { type } = statfsSync(stateDir);
  if (REMOTE.has(type)) {
    yield warning(
      `${stateDir} is on a network or FUSE file system, where locks and memory maps may not hold`,
      'name a folder on a local disk with TENURE_STATE_DIR',
    );
  }
  if (type === IN_MEMORY) {
    yield warning(
      `${stateDir} is in memory (tmpfs): TTL leases, the vault and the audit log are gone after a reboot`,
      'name a folder on a disk with TENURE_STATE_DIR, unless that is meant',
    );
  }
}
