import { existsSync, readFileSync } from 'node:fs';
import { type Scope, systemctl, systemdFiles } from '../../units/unit_files.js';
import { execWords } from '../../units/unit_words_rules.js';
import type { Facts } from '../facts.js';
import { type Check, type Finding, note, ok, warning } from '../finding.js';

export const unitsCheck: Check = {
  id: 'units',
  looksAt: "systemd's units: whether what they start is there, and whether they are enabled",
  examine(facts) {
    const findings = [...unitFindings('user', facts), ...unitFindings('system', facts)];
    return findings.length > 0 ? findings : [ok('none installed; commands start the daemon when they need it')];
  },
};

function* unitFindings(scope: Scope, facts: Facts): Iterable<Finding> {
  const { service, socket } = systemdFiles(scope, facts.environment);
  const text = readIfThere(service.path);
  if (text === undefined) return;
  const missing = execWords(text).filter((word) => word.startsWith('/') && !existsSync(word));
  const option = scope === 'system' ? ' --system' : '';
  for (const path of missing) {
    yield warning(
      `${service.path} starts ${path}, which is not there`,
      `write it anew: tenure daemon install${option}`,
    );
  }
  const hasSocket = existsSync(socket.path);
  const unit = hasSocket ? socket : service;
  const name = hasSocket ? 'tenured.socket' : 'tenured.service';
  if (!existsSync(unit.enabled)) {
    yield warning(`${unit.path} is installed, and not enabled`, `${systemctl(scope)} enable --now ${name}`);
  } else if (missing.length === 0) yield ok(`${unit.path}, enabled`);
  if (scope === 'user' && facts.running !== undefined && !isInUnit(facts.running.pid)) {
    yield note(`the daemon that runs was not started by ${service.path}, but by a command`);
  }
}

/** Whether the process is in the service's cgroup. */
function isInUnit(pid: number): boolean {
  return readIfThere(`/proc/${pid}/cgroup`)?.includes('/tenured.service') === true;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
