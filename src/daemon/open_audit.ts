import { join } from 'node:path';
import type { WarningRegistry } from '../health/warning_registry.js';
import { AuditLog } from '../telemetry/audit_log.js';
import type { Config } from './config/config.js';

const CODE = 'audit-not-written';

/** Opens the audit log of the state folder; entries that can't be written are a warning, and stop nothing. */
export function openAudit(
  stateDir: string,
  ownUid: number,
  limits: Config['audit'],
  wallMs: () => number,
  warnings: WarningRegistry,
): AuditLog {
  const folder = join(stateDir, 'audit');
  return new AuditLog({
    folder,
    ownUid,
    limits,
    leasesFromMs: limits.leasesFromMs,
    wallMs,
    onLost: (count, why) => {
      warnings.raise(CODE, {
        message: `the audit log cannot be written (${why}); ${count} entries are lost so far`,
        remedy: `make room on the file system of ${folder}; what was lost is counted in the log then`,
      });
    },
    onRecovered: () => warnings.clear(CODE),
  });
}
